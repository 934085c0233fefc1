using Regimen.Engine;

namespace Regimen.Transforms;

/// <summary>How a pixel that falls between others is computed.</summary>
public enum PixelInterpolation
{
    /// <summary>The nearest pixel.</summary>
    Nearest,

    /// <summary>The four pixels around it, by their distance.</summary>
    Bilinear,
}

/// <summary>Where each pixel of an affinely changed image comes from: coordinates relative to the centre of the image, <c>x' = A·x + B·y + C</c>,
/// <c>y' = D·x + E·y + F</c>.</summary>
internal readonly record struct AffineMap(double A, double B, double C, double D, double E, double F)
{
    /// <summary>Returns the map of a rotation, shears and a scale around a point, followed by a shift.</summary>
    /// <param name="angle">Degrees, clockwise.</param>
    /// <param name="shiftX">Pixels to the right.</param>
    /// <param name="shiftY">Pixels down.</param>
    /// <param name="scale">The magnification.</param>
    /// <param name="shearX">Degrees along the rows.</param>
    /// <param name="shearY">Degrees along the columns.</param>
    /// <param name="centreX">The fixed point, relative to the image's centre.</param>
    /// <param name="centreY">The fixed point, relative to the image's centre.</param>
    public static AffineMap Of(
        double angle, double shiftX = 0, double shiftY = 0, double scale = 1, double shearX = 0, double shearY = 0, double centreX = 0, double centreY = 0)
    {
        (double turn, double sx, double sy) = (angle * Math.PI / 180, shearX * Math.PI / 180, shearY * Math.PI / 180);
        double a = PortableFunctions.Cos(turn - sy) / PortableFunctions.Cos(sy);
        double b = (-PortableFunctions.Cos(turn - sy) * PortableFunctions.Tan(sx) / PortableFunctions.Cos(sy)) - PortableFunctions.Sin(turn);
        double c = PortableFunctions.Sin(turn - sy) / PortableFunctions.Cos(sy);
        double d = (-PortableFunctions.Sin(turn - sy) * PortableFunctions.Tan(sx) / PortableFunctions.Cos(sy)) + PortableFunctions.Cos(turn);

        // The inverse; the determinant is that of the scale alone.
        (double p, double q, double r, double s) = (d / scale, -b / scale, -c / scale, a / scale);
        (double x, double y) = (-centreX - shiftX, -centreY - shiftY);
        return new AffineMap(p, q, (p * x) + (q * y) + centreX, r, s, (r * x) + (s * y) + centreY);
    }

    /// <summary>Applies the map to an image. Coordinates are float32 and scaled to −1…1 in between, as in torchvision, so that the same pixel is
    /// the nearest one.</summary>
    /// <param name="image">The image.</param>
    /// <param name="interpolation">How a pixel between others is computed.</param>
    /// <param name="fill">The level of pixels from outside.</param>
    public void Apply(PixelImage image, PixelInterpolation interpolation, byte fill)
    {
        (int height, int width) = (image.Height, image.Width);
        (float halfWidth, float halfHeight) = (0.5f * width, 0.5f * height);
        (float a, float b, float c) = ((float)A / halfWidth, (float)B / halfWidth, (float)C / halfWidth);
        (float d, float e, float f) = ((float)D / halfHeight, (float)E / halfHeight, (float)F / halfHeight);
        for (int row = 0; row < height; row++)
        {
            float y = row + 0.5f - halfHeight;
            for (int column = 0; column < width; column++)
            {
                float x = column + 0.5f - halfWidth;
                float fromX = ((((x * a) + (y * b) + c + 1) * width) - 1) / 2;
                float fromY = ((((x * d) + (y * e) + f + 1) * height) - 1) / 2;
                if (interpolation == PixelInterpolation.Nearest)
                {
                    Nearest(image, (row * width) + column, fromX, fromY, fill);
                }
                else
                {
                    Bilinear(image, (row * width) + column, fromX, fromY, fill);
                }
            }
        }

        image.Swap();
    }

    private static void Nearest(PixelImage image, int to, float fromX, float fromY, byte fill)
    {
        (int area, int x, int y) = (image.Area, (int)MathF.Round(fromX), (int)MathF.Round(fromY));
        bool isInside = (uint)x < (uint)image.Width && (uint)y < (uint)image.Height;
        int from = isInside ? (y * image.Width) + x : 0;
        ReadOnlySpan<byte> pixels = image.Pixels;
        Span<byte> output = image.Spare;
        for (int plane = 0; plane < pixels.Length; plane += area)
        {
            output[plane + to] = isInside ? pixels[plane + from] : fill;
        }
    }

    private static void Bilinear(PixelImage image, int to, float fromX, float fromY, byte fill)
    {
        (int width, int height, int area) = (image.Width, image.Height, image.Area);
        (int left, int top) = ((int)MathF.Floor(fromX), (int)MathF.Floor(fromY));
        (float right, float down) = (fromX - left, fromY - top);
        (bool hasLeft, bool hasRight) = ((uint)left < (uint)width, (uint)(left + 1) < (uint)width);
        (bool hasTop, bool hasBottom) = ((uint)top < (uint)height, (uint)(top + 1) < (uint)height);
        float topLeft = hasTop && hasLeft ? (1 - right) * (1 - down) : 0;
        float topRight = hasTop && hasRight ? right * (1 - down) : 0;
        float bottomLeft = hasBottom && hasLeft ? (1 - right) * down : 0;
        float bottomRight = hasBottom && hasRight ? right * down : 0;
        float inside = topLeft + topRight + bottomLeft + bottomRight;
        int from = (top * width) + left;
        ReadOnlySpan<byte> pixels = image.Pixels;
        Span<byte> output = image.Spare;
        for (int plane = 0; plane < pixels.Length; plane += area)
        {
            float value = (At(pixels, plane + from, topLeft) * topLeft) + (At(pixels, plane + from + 1, topRight) * topRight)
                + (At(pixels, plane + from + width, bottomLeft) * bottomLeft) + (At(pixels, plane + from + width + 1, bottomRight) * bottomRight);

            // torchvision weights the pixels at the border twice where a fill is given.
            value = fill == 0 ? value : (value * inside) + ((1 - inside) * fill);
            output[plane + to] = (byte)Math.Clamp(MathF.Round(value), 0f, 255f);
        }
    }

    /// <summary>The pixel of a place; 0 where the place has no weight, because it may be outside.</summary>
    private static float At(ReadOnlySpan<byte> pixels, int place, float weight) => weight == 0 ? 0 : pixels[place];
}
