using System.Net;
using System.Text;
using SkiaSharp;
using TorchSharp;
using static TorchSharp.torch;

namespace Workshop;

/// <summary>Grey pictures as a row of HTML images.</summary>
internal static class PictureRow
{
    public static string Html(Tensor pictures, IReadOnlyList<string>? captions)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pixels = pictures.detach().cpu().to(ScalarType.Float32);
        pixels = pixels.reshape(pixels.size(0), pixels.size(-2), pixels.size(-1));
        (float low, float high) = (pixels.min().item<float>(), pixels.max().item<float>());
        // data<T>() reads the storage from its base: of a fresh copy, not of a view.
        float[] values = [.. pixels.contiguous().clone().data<float>()];
        int count = (int)pixels.size(0);
        int height = (int)pixels.size(1);
        int width = (int)pixels.size(2);
        var html = new StringBuilder("<div class=\"pictures\">");
        for (int i = 0; i < count; i++)
        {
            string caption = captions is null ? "" : WebUtility.HtmlEncode(captions[i]);
            string png = Convert.ToBase64String(Png(values.AsSpan(i * height * width, height * width), width, height, low, high));
            html.Append($"<figure><img alt=\"{(caption.Length > 0 ? caption : $"picture {i + 1}")}\" src=\"data:image/png;base64,{png}\" width=\"{width}\" height=\"{height}\">");
            html.Append(caption.Length > 0 ? $"<figcaption>{caption}</figcaption></figure>" : "</figure>");
        }

        return html.Append("</div>").ToString();
    }

    private static byte[] Png(ReadOnlySpan<float> values, int width, int height, float low, float high)
    {
        float scale = high > low ? 255 / (high - low) : 0;
        var bytes = new byte[values.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)MathF.Round((values[i] - low) * scale);
        }

        using SKImage image = SKImage.FromPixelCopy(new SKImageInfo(width, height, SKColorType.Gray8, SKAlphaType.Opaque), bytes);
        using SKData png = image.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }
}
