using System.Collections.Concurrent;
using Regimen.Transforms;

namespace Regimen.Imaging;

/// <summary>How an image of another size is brought to the one that is wanted.</summary>
public enum ImageFit
{
    /// <summary>Scaled until it covers the size, keeping its proportions; what stands out on two sides is cut off, the same on both.</summary>
    Crop,

    /// <summary>Scaled to the size, in each direction by its own factor.</summary>
    Stretch,
}

/// <summary>Brings decoded images to one size.</summary>
/// <param name="height">The wanted height.</param>
/// <param name="width">The wanted width.</param>
/// <param name="fit">How.</param>
internal sealed class ImageFitter(int height, int width, ImageFit fit)
{
    // Most folders hold images of few sizes; beyond that the weights are made anew each time.
    private const int Remembered = 64;
    private readonly ConcurrentDictionary<(int Height, int Width), ByteResampler> _resamplers = new();

    /// <summary>Fits one image.</summary>
    /// <param name="planes"><c>[channels, imageHeight, imageWidth]</c>.</param>
    /// <param name="imageHeight">Its height.</param>
    /// <param name="imageWidth">Its width.</param>
    /// <param name="channels">Its channels.</param>
    /// <param name="output"><c>[channels, height, width]</c>.</param>
    public void Apply(ReadOnlySpan<byte> planes, int imageHeight, int imageWidth, int channels, Span<byte> output)
    {
        ByteResampler resampler = Resampler(imageHeight, imageWidth);
        for (int channel = 0; channel < channels; channel++)
        {
            resampler.Apply(
                planes.Slice(channel * imageHeight * imageWidth, imageHeight * imageWidth), output.Slice(channel * height * width, height * width));
        }
    }

    /// <summary>The smallest size of the image's proportions that covers what is wanted, as torchvision's Resize computes it.</summary>
    private (long Height, long Width) Cover(int imageHeight, int imageWidth)
        => (long)imageWidth * height >= (long)imageHeight * width
            ? (height, (long)height * imageWidth / imageHeight)
            : ((long)width * imageHeight / imageWidth, width);

    private ByteResampler Resampler(int imageHeight, int imageWidth)
    {
        if (_resamplers.TryGetValue((imageHeight, imageWidth), out ByteResampler? known))
        {
            return known;
        }

        // Of the scaled image only what is not cut off is made: an image of 20000×1 would be a million pixels wide.
        (long scaledHeight, long scaledWidth) = fit == ImageFit.Stretch ? (height, width) : Cover(imageHeight, imageWidth);
        var resampler = new ByteResampler(Centre(imageHeight, scaledHeight, height), Centre(imageWidth, scaledWidth, width));
        if (_resamplers.Count < Remembered)
        {
            _resamplers.TryAdd((imageHeight, imageWidth), resampler);
        }

        return resampler;
    }

    private static ResampleTaps Centre(int from, long whole, int count) => new(from, whole, (long)Math.Round((whole - count) / 2.0), count);
}
