using SkiaSharp;

namespace Regimen.Imaging;

/// <summary>Draws images as square tiles. Small images are enlarged by an integer factor without smoothing, large ones are scaled down.</summary>
internal sealed class SheetTile
{
    private readonly int _side;
    private readonly float _black;
    private readonly float _white;

    /// <summary>Creates a painter. Values from 0 to 1 are drawn unscaled. If samples have other values, the range of all samples is scaled to
    /// black and white.</summary>
    public SheetTile(int side, IReadOnlyList<SheetSample> samples)
    {
        _side = side;
        float[] finite = [.. samples.SelectMany(s => s.Before.Values).Where(float.IsFinite)];
        (float least, float most) = finite.Length > 0 ? (finite.Min(), finite.Max()) : (0, 1);
        (_black, _white) = least >= 0 && most <= 1 ? (0, 1) : (least, Math.Max(most, least + float.Epsilon));
    }

    public void Draw(SKCanvas canvas, SheetImage image, float x, float y)
    {
        using SKImage pixels = ToImage(image);
        float scale = Math.Min((float)_side / pixels.Width, (float)_side / pixels.Height);
        scale = scale > 1 ? MathF.Floor(scale) : scale;
        (float width, float height) = (pixels.Width * scale, pixels.Height * scale);
        float left = MathF.Round(x + ((_side - width) / 2));
        float top = MathF.Round(y + ((_side - height) / 2));
        var sampling = scale >= 1 ? new SKSamplingOptions(SKFilterMode.Nearest) : new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear);
        canvas.DrawImage(pixels, new SKRect(left, top, left + width, top + height), sampling);
    }

    private SKImage ToImage(SheetImage image)
    {
        (int channels, int height, int width) = (image.Shape.Dimensions[0], image.Shape.Dimensions[1], image.Shape.Dimensions[2]);
        int area = height * width;
        var rgba = new byte[4 * area];
        for (int i = 0; i < area; i++)
        {
            // With other than three channels, the first is drawn in greyscale.
            for (int colour = 0; colour < 3; colour++)
            {
                rgba[(4 * i) + colour] = ToByte(image.Values[(channels == 3 ? colour * area : 0) + i]);
            }

            rgba[(4 * i) + 3] = byte.MaxValue;
        }

        return SKImage.FromPixelCopy(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque), rgba);
    }

    private byte ToByte(float value)
    {
        float part = (value - _black) / (_white - _black);
        return float.IsFinite(part) ? (byte)Math.Clamp(MathF.Round(part * 255), 0, 255) : byte.MinValue;
    }
}
