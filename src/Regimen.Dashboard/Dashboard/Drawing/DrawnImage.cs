namespace Regimen.Dashboard;

/// <summary>A drawing that is reduced to the pixels of a model's input.</summary>
internal static class DrawnImage
{
    /// <summary>MNIST's digits fit into 20 of its 28 pixels.</summary>
    private const double Box = 20.0 / 28;

    /// <summary>Reduces a drawing by averaging the area of each pixel.</summary>
    /// <param name="drawing">The drawing, <c>[channels, height · scale, width · scale]</c>.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="height">The height of the input.</param>
    /// <param name="width">The width of the input.</param>
    /// <param name="scale">The pixels of the drawing for each pixel of the input.</param>
    /// <param name="centre">Whether the drawing is sized and placed as MNIST's digits are: the longer side of its ink has 20/28 of the input's
    /// shorter side, and the ink's centre of mass is in the middle. The ink is what differs from the darkest value.</param>
    /// <returns>The pixels, <c>[channels, height, width]</c>.</returns>
    public static byte[] Reduce(ReadOnlySpan<byte> drawing, int channels, int height, int width, int scale, bool centre)
    {
        int plane = height * scale * width * scale;
        ArgumentOutOfRangeException.ThrowIfNotEqual(drawing.Length, channels * plane);
        Frame frame = centre ? Centred(drawing[..plane], height, width, scale) : new Frame(0, 0, scale);
        var pixels = new byte[channels * height * width];
        for (int c = 0; c < channels; c++)
        {
            Average(drawing.Slice(c * plane, plane), height * scale, width * scale, frame, pixels.AsSpan(c * height * width, height * width), width);
        }

        return pixels;
    }

    /// <summary>Returns the frame around the ink of the first channel.</summary>
    private static Frame Centred(ReadOnlySpan<byte> drawing, int height, int width, int scale)
    {
        int columns = width * scale;
        (int left, int right, int top, int bottom) = (columns, -1, height * scale, -1);
        (double mass, double sumX, double sumY) = (0, 0, 0);
        for (int i = 0; i < drawing.Length; i++)
        {
            if (drawing[i] > 0)
            {
                (int y, int x) = Math.DivRem(i, columns);
                (left, right, top, bottom) = (Math.Min(left, x), Math.Max(right, x), Math.Min(top, y), Math.Max(bottom, y));
                (mass, sumX, sumY) = (mass + drawing[i], sumX + (drawing[i] * (x + 0.5)), sumY + (drawing[i] * (y + 0.5)));
            }
        }

        if (mass == 0)
        {
            return new Frame(0, 0, scale);
        }

        double side = Math.Max(right - left, bottom - top) + 1;
        double step = side / (Box * Math.Min(height, width));
        return new Frame((sumX / mass) - (step * width / 2), (sumY / mass) - (step * height / 2), step);
    }

    private static void Average(ReadOnlySpan<byte> drawing, int rows, int columns, Frame frame, Span<byte> pixels, int width)
    {
        for (int i = 0; i < pixels.Length; i++)
        {
            (int y, int x) = Math.DivRem(i, width);
            (double top, double left) = (frame.Top + (y * frame.Step), frame.Left + (x * frame.Step));
            double sum = 0;
            for (int row = Math.Max(0, (int)Math.Floor(top)); row < Math.Min(rows, top + frame.Step); row++)
            {
                double high = Overlap(row, top, frame.Step);
                for (int column = Math.Max(0, (int)Math.Floor(left)); column < Math.Min(columns, left + frame.Step); column++)
                {
                    sum += high * Overlap(column, left, frame.Step) * drawing[(row * columns) + column];
                }
            }

            pixels[i] = (byte)Math.Round(sum / (frame.Step * frame.Step));
        }
    }

    /// <summary>The part of a pixel of the drawing that is inside a pixel of the input, along one side.</summary>
    private static double Overlap(int pixel, double start, double length) => Math.Max(0, Math.Min(pixel + 1, start + length) - Math.Max(pixel, start));

    /// <summary>The part of a drawing that becomes the input.</summary>
    /// <param name="Left">Its left edge, in pixels of the drawing.</param>
    /// <param name="Top">Its upper edge.</param>
    /// <param name="Step">The pixels of the drawing for each pixel of the input.</param>
    private readonly record struct Frame(double Left, double Top, double Step);
}
