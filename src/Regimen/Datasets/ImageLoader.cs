using System.Buffers;
using Regimen.Data;
using Regimen.Imaging;

namespace Regimen.Datasets;

/// <summary>Makes samples of one shape from the images of a folder, or says why one can't be made.</summary>
internal sealed class ImageLoader
{
    private readonly string _first;
    private readonly bool _converts;
    private readonly ImageFitter? _fitter;

    /// <summary>With what the options say, and for what they leave open with what the first image is.</summary>
    public ImageLoader(EncodedImage first, string path, ImageFolder.Options options)
    {
        _first = path;
        _converts = options.Channels is not null;
        int channels = options.Channels ?? first.Channels;
        Shape = options.Size switch
        {
            [] => new SampleShape(channels, first.Height, first.Width),
            [var side] => new SampleShape(channels, side, side),
            _ => new SampleShape(channels, options.Size[0], options.Size[1]),
        };
        _fitter = options.Size.Count > 0 ? new ImageFitter(Height, Width, options.Fit) : null;
        Description = $"{options.Fit}\0{options.Channels}\0";
    }

    /// <summary>The shape of every sample.</summary>
    public SampleShape Shape { get; }

    /// <summary>What has a say in the samples' values beside the files and the shape.</summary>
    public string Description { get; }

    private int Height => Shape.Dimensions[1];

    private int Width => Shape.Dimensions[2];

    /// <summary>Checks an image by its header.</summary>
    /// <exception cref="RequestException">It can't be read, or does not fit the others.</exception>
    public void Check(string path, byte[] bytes)
    {
        using EncodedImage image = EncodedImage.Open(path, bytes);
        Check(path, image);
    }

    /// <summary>Decodes an image and brings it to the shape.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">Its content.</param>
    /// <param name="sample"><c>[channels, height, width]</c>.</param>
    /// <exception cref="RequestException">It can't be read, or does not fit the others.</exception>
    public void Load(string path, byte[] bytes, Span<byte> sample)
    {
        using EncodedImage image = EncodedImage.Open(path, bytes);
        Check(path, image);
        if (image.Height == Height && image.Width == Width)
        {
            image.Decode(Shape.Channels, sample);
            return;
        }

        int length = Shape.Channels * image.Height * image.Width;
        byte[] decoded = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            image.Decode(Shape.Channels, decoded.AsSpan(0, length));
            _fitter!.Apply(decoded, image.Height, image.Width, Shape.Channels, sample);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(decoded);
        }
    }

    private void Check(string path, EncodedImage image)
    {
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

        if (_fitter is null && (image.Height != Height || image.Width != Width))
        {
            throw new RequestException(new Problem("The images differ in size")
            {
                Where = path,
                Expected = $"{Width} × {Height}, as {_first}",
                Received = $"{image.Width} × {image.Height}",
                Hint = $"Set data.size=[{Math.Min(Width, Height)}] to bring them all to one size.",
            });
        }
    }

    private static string Words(int channels) => channels == 1 ? "grey levels" : "colours";
}
