using System.Buffers;
using Regimen.Data;
using Regimen.Imaging;

namespace Regimen.Datasets;

/// <summary>Converts encoded images to samples of the same shape.</summary>
internal sealed class ImageLoader
{
    private readonly string _first;
    private readonly bool _converts;
    private readonly bool _turns;
    private readonly ImageFitter? _fitter;
    private readonly string? _hint;

    /// <summary>Creates a loader. The first image determines what the options leave open.</summary>
    public ImageLoader(ImageFacts first, string path, EncodedImageOptions options)
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

    private ImageLoader(SampleShape shape, bool turns, ImageFit? fit)
    {
        _first = "the training images";
        _converts = true;
        _turns = turns;
        Shape = shape;
        _fitter = fit is { } how ? new ImageFitter(Height, Width, how) : null;
        _hint = "Resize it, or have it fitted: regimen predict --fit crop, or PredictorOptions.Fit.";
        Description = string.Empty;
    }

    /// <summary>Creates a loader for images to predict, which are converted to the channels of the training images.</summary>
    /// <param name="shape">The shape of the training images.</param>
    /// <param name="turns">Whether to apply the EXIF orientation.</param>
    /// <param name="fit">How images of another size are fitted; null to refuse them.</param>
    public static ImageLoader OfShape(SampleShape shape, bool turns, ImageFit? fit) => new(shape, turns, fit);

    /// <summary>The shape of every sample.</summary>
    public SampleShape Shape { get; }

    /// <summary>The settings that affect sample values, other than the files and the shape. Part of the data set's hash.</summary>
    public string Description { get; }

    private int Height => Shape.Dimensions[1];

    private int Width => Shape.Dimensions[2];

    /// <summary>Decodes an image and fits it to the shape.</summary>
    /// <param name="path">The path for messages.</param>
    /// <param name="image">The image.</param>
    /// <param name="sample">The output, <c>[channels, height, width]</c>.</param>
    /// <exception cref="RequestException">The image can't be read or does not match the others.</exception>
    public void Load(string path, EncodedImage image, Span<byte> sample)
    {
        Check(path, image.Facts);
        (int height, int width) = SizeOf(image.Facts);
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

    /// <summary>Checks the header of an image.</summary>
    /// <exception cref="RequestException">The image does not match the others.</exception>
    public void Check(string path, ImageFacts image)
    {
        (int height, int width) = SizeOf(image);
        if (!_converts && image.Channels != Shape.Channels)
        {
            throw new RequestException(new Problem("The images differ in their number of channels")
            {
                Where = path,
                Expected = $"{Words(Shape.Channels)}, as in {_first}",
                Received = Words(image.Channels),
                Hint = "Set data.channels=1 or data.channels=3 to convert all images.",
            });
        }

        if (_fitter is null && (height != Height || width != Width))
        {
            throw new RequestException(new Problem(_hint is null ? "The images differ in size" : "The image has another size than the training images")
            {
                Where = path,
                Expected = $"{Width} × {Height}, as in {_first}",
                Received = $"{width} × {height}",
                Hint = _hint ?? $"Set data.size=[{Math.Min(Width, Height)}] to resize all images.",
            });
        }
    }

    /// <summary>Returns the size after the orientation is applied.</summary>
    private (int Height, int Width) SizeOf(ImageFacts image)
        => _turns && ImageOrientation.Transposes(image.Orientation) ? (image.Width, image.Height) : (image.Height, image.Width);

    private static string Words(int channels) => channels == 1 ? "greyscale" : "colour";
}
