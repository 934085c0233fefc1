using System.Collections.Concurrent;
using Regimen.Transforms;

namespace Regimen.Imaging;

/// <summary>How images are fitted to a size.</summary>
public enum ImageFit
{
    /// <summary>Scales the image to cover the size, keeps the aspect ratio, and crops the centre.</summary>
    Crop,

    /// <summary>Scales the image to the size, without keeping the aspect ratio.</summary>
    Stretch,
}

/// <summary>Fits decoded images to a size.</summary>
/// <param name="height">The target height.</param>
/// <param name="width">The target width.</param>
/// <param name="fit">The fitting mode.</param>
internal sealed class ImageFitter(int height, int width, ImageFit fit)
{
    // The number of image sizes for which weights are cached. Most folders have few sizes.
    private const int MaxCached = 64;
    private readonly ConcurrentDictionary<(int Height, int Width), ByteResampler> _resamplers = new();

    /// <summary>Fits an image.</summary>
    /// <param name="planes">The image, <c>[channels, imageHeight, imageWidth]</c>.</param>
    /// <param name="imageHeight">The height of the image.</param>
    /// <param name="imageWidth">The width of the image.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="output">The output, <c>[channels, height, width]</c>.</param>
    public void Apply(ReadOnlySpan<byte> planes, int imageHeight, int imageWidth, int channels, Span<byte> output)
    {
        ByteResampler resampler = Resampler(imageHeight, imageWidth);
        for (int channel = 0; channel < channels; channel++)
        {
            resampler.Apply(
                planes.Slice(channel * imageHeight * imageWidth, imageHeight * imageWidth), output.Slice(channel * height * width, height * width));
        }
    }

    /// <summary>Returns the size that an image is scaled to before its centre is taken.</summary>
    public static (long Height, long Width) Scaled(ImageFit fit, int imageHeight, int imageWidth, int height, int width)
        => fit == ImageFit.Stretch ? (height, width) : Cover(imageHeight, imageWidth, height, width);

    /// <summary>Returns the index of the first row or column of the centre.</summary>
    public static long First(long whole, int count) => (long)Math.Round((whole - count) / 2.0);

    /// <summary>Returns the smallest size with the image's aspect ratio that covers the target, computed as in torchvision's Resize.</summary>
    private static (long Height, long Width) Cover(int imageHeight, int imageWidth, int height, int width)
        => (long)imageWidth * height >= (long)imageHeight * width
            ? (height, (long)height * imageWidth / imageHeight)
            : ((long)width * imageHeight / imageWidth, width);

    private ByteResampler Resampler(int imageHeight, int imageWidth)
    {
        if (_resamplers.TryGetValue((imageHeight, imageWidth), out ByteResampler? known))
        {
            return known;
        }

        // Only the cropped region of the scaled image is computed. A scaled image of 20000×1 could be a million pixels wide.
        (long scaledHeight, long scaledWidth) = Scaled(fit, imageHeight, imageWidth, height, width);
        var resampler = new ByteResampler(Centre(imageHeight, scaledHeight, height), Centre(imageWidth, scaledWidth, width));
        if (_resamplers.Count < MaxCached)
        {
            _resamplers.TryAdd((imageHeight, imageWidth), resampler);
        }

        return resampler;
    }

    private static ResampleTaps Centre(int from, long whole, int count) => new(from, whole, First(whole, count), count);
}
