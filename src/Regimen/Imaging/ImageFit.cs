using System.Buffers;
using System.Collections.Concurrent;

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
        (int scaledHeight, int scaledWidth) = fit == ImageFit.Stretch ? (height, width) : Cover(imageHeight, imageWidth);
        ByteResampler resampler = Resampler(imageHeight, imageWidth, scaledHeight, scaledWidth);
        int scaledArea = scaledHeight * scaledWidth;
        byte[] scaled = ArrayPool<byte>.Shared.Rent(scaledArea);
        try
        {
            for (int channel = 0; channel < channels; channel++)
            {
                resampler.Apply(planes.Slice(channel * imageHeight * imageWidth, imageHeight * imageWidth), scaled.AsSpan(0, scaledArea));
                Cut(scaled, scaledHeight, scaledWidth, output.Slice(channel * height * width, height * width));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scaled);
        }
    }

    /// <summary>The smallest size of the image's proportions that covers what is wanted, as torchvision's Resize computes it.</summary>
    private (int Height, int Width) Cover(int imageHeight, int imageWidth)
        => (long)imageWidth * height >= (long)imageHeight * width
            ? (height, (int)((long)height * imageWidth / imageHeight))
            : ((int)((long)width * imageHeight / imageWidth), width);

    private void Cut(byte[] scaled, int scaledHeight, int scaledWidth, Span<byte> output)
    {
        int top = (int)Math.Round((scaledHeight - height) / 2.0);
        int left = (int)Math.Round((scaledWidth - width) / 2.0);
        for (int y = 0; y < height; y++)
        {
            scaled.AsSpan(((top + y) * scaledWidth) + left, width).CopyTo(output[(y * width)..]);
        }
    }

    private ByteResampler Resampler(int fromHeight, int fromWidth, int toHeight, int toWidth)
    {
        if (_resamplers.TryGetValue((fromHeight, fromWidth), out ByteResampler? known))
        {
            return known;
        }

        var resampler = new ByteResampler(fromHeight, fromWidth, toHeight, toWidth);
        if (_resamplers.Count < Remembered)
        {
            _resamplers.TryAdd((fromHeight, fromWidth), resampler);
        }

        return resampler;
    }
}
