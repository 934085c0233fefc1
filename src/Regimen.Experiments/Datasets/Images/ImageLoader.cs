using System.Buffers;
using Regimen.Data;
using Regimen.Imaging;

namespace Regimen.Datasets;

/// <summary>Makes samples of one shape from the images of a folder, or says why one can't be made.</summary>
internal sealed class ImageLoader
{
    private readonly string _first;
    private readonly bool _converts;
    private readonly bool _turns;
    private readonly ImageFitter? _fitter;

    /// <summary>With what the options say, and for what they leave open with what the first image is.</summary>
    public ImageLoader(EncodedImage first, string path, ImageFolder.Options options)
    {
        _first = path;
        _converts = options.Channels is not null;
        _turns = options.ApplyOrientation;
        int channels = options.Channels ?? first.Channels;
        (int height, int width) = SizeOf(first);
        Shape = options.Size switch
        {
            [] => new SampleShape(channels, height, width),
            [var side] => new SampleShape(channels, side, side),
            _ => new SampleShape(channels, options.Size[0], options.Size[1]),
        };
        _fitter = options.Size.Count > 0 ? new ImageFitter(Height, Width, options.Fit) : null;
        Description = $"{options.Fit}\0{options.Channels}\0{(_turns ? "oriented\0" : string.Empty)}";
    }

    /// <summary>The shape of every sample.</summary>
    public SampleShape Shape { get; }

    /// <summary>What has a say in the samples' values beside the files and the shape.</summary>
    public string Description { get; }

    private int Height => Shape.Dimensions[1];

    private int Width => Shape.Dimensions[2];

    /// <summary>Decodes an image and brings it to the shape.</summary>
    /// <param name="path">The file.</param>
    /// <param name="image">Its content.</param>
    /// <param name="sample"><c>[channels, height, width]</c>.</param>
    /// <exception cref="RequestException">It can't be read, or does not fit the others.</exception>
    public void Load(string path, EncodedImage image, Span<byte> sample)
    {
        Check(path, image);
        (int height, int width) = SizeOf(image);
        bool turns = _turns && image.Orientation != ImageOrientation.AsStored;
        bool fits = height == Height && width == Width;
        if (fits && !turns)
        {
            image.Decode(Shape.Channels, sample);
            return;
        }

        int length = Shape.Channels * height * width;
        byte[] decoded = ArrayPool<byte>.Shared.Rent(length);
        byte[] turned = turns ? ArrayPool<byte>.Shared.Rent(length) : decoded;
        try
        {
            image.Decode(Shape.Channels, decoded.AsSpan(0, length));
            if (turns)
            {
                ImageOrientation.Apply(decoded.AsSpan(0, length), image.Height, image.Width, image.Orientation, turned);
            }

            if (fits)
            {
                turned.AsSpan(0, length).CopyTo(sample);
            }
            else
            {
                _fitter!.Apply(turned, height, width, Shape.Channels, sample);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(decoded);
            if (turns)
            {
                ArrayPool<byte>.Shared.Return(turned);
            }
        }
    }

    /// <summary>Checks an image by its header.</summary>
    /// <exception cref="RequestException">It does not fit the others.</exception>
    public void Check(string path, EncodedImage image)
    {
        (int height, int width) = SizeOf(image);
        if (!_converts && image.Channels != Shape.Channels)
        {
            throw new RequestException(new Problem("The images are partly grey, partly in colour")
            {
                Where = path,
                Expected = $"{Words(Shape.Channels)}, as {_first}",
                Received = Words(image.Channels),
                Hint = "Set data.channels=1 or data.channels=3 to convert them all.",
            });
        }

        if (_fitter is null && (height != Height || width != Width))
        {
            throw new RequestException(new Problem("The images differ in size")
            {
                Where = path,
                Expected = $"{Width} × {Height}, as {_first}",
                Received = $"{width} × {height}",
                Hint = $"Set data.size=[{Math.Min(Width, Height)}] to bring them all to one size.",
            });
        }
    }

    /// <summary>The size that is seen.</summary>
    private (int Height, int Width) SizeOf(EncodedImage image)
        => _turns && ImageOrientation.Transposes(image.Orientation) ? (image.Width, image.Height) : (image.Height, image.Width);

    private static string Words(int channels) => channels == 1 ? "grey levels" : "colours";
}
