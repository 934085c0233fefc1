using System.Globalization;
using Regimen.Data;
using Regimen.Imaging;
using Regimen.Transforms;

namespace Regimen.Datasets;

/// <summary>Reads the mask of an image: checks its size and its values, and fits it as the image is fitted, with the nearest pixel.</summary>
internal sealed class MaskLoader
{
    private const short NoClass = -1;

    private readonly int _height;
    private readonly int _width;
    private readonly ImageFit _fit;
    private readonly short[] _classes = new short[256];
    private readonly string _expected;

    /// <param name="height">The height of a sample.</param>
    /// <param name="width">The width of a sample.</param>
    /// <param name="fit">How images are fitted.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="ignored">The value of pixels without a class; null for none.</param>
    public MaskLoader(int height, int width, ImageFit fit, int classes, int? ignored)
    {
        (_height, _width, _fit) = (height, width, fit);
        for (int value = 0; value < _classes.Length; value++)
        {
            _classes[value] = value == ignored ? MaskTarget.Ignored : value < classes ? (short)value : NoClass;
        }

        _expected = string.Create(CultureInfo.InvariantCulture, $"0 to {classes - 1}, the index of one of data.classes{(ignored is { } index ? $", or {index} (data.ignore_index)" : string.Empty)}");
        Description = string.Create(CultureInfo.InvariantCulture, $"{fit}\0{ignored}\0");
    }

    /// <summary>The settings that affect the values of masks, other than the files and the shape. Part of the data set's hash.</summary>
    public string Description { get; }

    /// <summary>Reads a mask.</summary>
    /// <param name="path">The path for messages.</param>
    /// <param name="bytes">The content of the file.</param>
    /// <param name="image">The size of the image as stored.</param>
    /// <param name="output">The output, <c>[height, width]</c>.</param>
    /// <exception cref="RequestException">It is not a readable mask, has another size than the image, or a value without a class.</exception>
    public void Load(string path, byte[] bytes, (int Height, int Width) image, Span<byte> output)
    {
        MaskImage mask = MaskPng.Read(path, bytes);
        if (image != (mask.Height, mask.Width))
        {
            throw new RequestException(new Problem("The mask has another size than its image")
            {
                Where = path,
                Expected = $"{image.Width} × {image.Height}",
                Received = $"{mask.Width} × {mask.Height}",
            });
        }

        for (int i = 0; i < mask.Values.Length; i++)
        {
            short value = _classes[mask.Values[i]];
            mask.Values[i] = value != NoClass ? (byte)value : throw new RequestException(new Problem("A pixel of the mask has no class")
            {
                Where = path,
                Expected = _expected,
                Received = string.Create(CultureInfo.InvariantCulture, $"{mask.Values[i]} at column {i % mask.Width}, row {i / mask.Width}"),
                Hint = "A mask holds the index of a class for each pixel, not its colour.",
            });
        }

        (long scaledHeight, long scaledWidth) = ImageFitter.Scaled(_fit, mask.Height, mask.Width, _height, _width);
        NearestTaps.Resample(mask.Values, mask.Width, Centre(mask.Height, scaledHeight, _height), Centre(mask.Width, scaledWidth, _width), output, _width);
    }

    private static NearestTaps Centre(int from, long whole, int count) => new(from, whole, ImageFitter.First(whole, count));
}
