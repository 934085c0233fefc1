using Regimen.Findings;
using Regimen.Imaging;

namespace Regimen.Prediction;

/// <summary>A predicted mask: the class of each pixel, in the size in which the model receives an image.</summary>
public sealed class PredictedMask
{
    private readonly byte[] _classes;

    internal PredictedMask(int height, int width, byte[] classes) => (Height, Width, _classes) = (height, width, classes);

    /// <summary>The height in pixels.</summary>
    public int Height { get; }

    /// <summary>The width in pixels.</summary>
    public int Width { get; }

    /// <summary>The index of the class of each pixel, row by row; 255 where an output is not a number.</summary>
    public IReadOnlyList<byte> Pixels => _classes;

    /// <summary>Returns a PNG whose values are the classes, with a palette to look at them. The same mask gives the same bytes.</summary>
    public byte[] ToPng() => PngFile.WriteIndices(Width, Height, _classes, MaskColours.Palette);

    /// <summary>Returns the fraction of the pixels that have a class.</summary>
    /// <param name="index">The index of the class.</param>
    public double ShareOf(int index) => (double)_classes.AsSpan().Count((byte)index) / _classes.Length;
}
