using System.Buffers;
using System.Numerics;
using Regimen.Data;

namespace Regimen.Transforms;

/// <summary>One image as bytes, <c>[channels, height, width]</c>, with a second buffer of the same size for operations that can't work in place.
/// Its memory is rented, so that a sample costs no allocation per pixel.</summary>
internal sealed class PixelImage : IDisposable
{
    private byte[] _pixels;
    private byte[] _spare;

    public PixelImage(int channels, int height, int width)
    {
        (Channels, Height, Width) = (channels, height, width);
        _pixels = ArrayPool<byte>.Shared.Rent(channels * height * width);
        _spare = ArrayPool<byte>.Shared.Rent(channels * height * width);
    }

    public int Channels { get; }

    public int Height { get; }

    public int Width { get; }

    public int Area => Height * Width;

    public Span<byte> Pixels => _pixels.AsSpan(0, Channels * Area);

    public Span<byte> Spare => _spare.AsSpan(0, Channels * Area);

    /// <summary>The pixels of one channel.</summary>
    public Span<byte> Plane(int channel) => _pixels.AsSpan(channel * Area, Area);

    /// <summary>Makes what was written to <see cref="Spare"/> the pixels.</summary>
    public void Swap() => (_pixels, _spare) = (_spare, _pixels);

    /// <summary>Reads pixels from 0 to 1, each rounded to the nearest of 256 levels; values outside are limited.</summary>
    public void Read(ReadOnlySpan<float> values)
    {
        Span<byte> pixels = Pixels;
        int i = 0;
        int step = Vector<float>.Count;
        for (; i <= pixels.Length - (4 * step); i += 4 * step)
        {
            Vector<ushort> low = Vector.Narrow(Level(values[i..]), Level(values[(i + step)..]));
            Vector<ushort> high = Vector.Narrow(Level(values[(i + (2 * step))..]), Level(values[(i + (3 * step))..]));
            Vector.Narrow(low, high).CopyTo(pixels[i..]);
        }

        for (; i < pixels.Length; i++)
        {
            pixels[i] = (byte)((Math.Clamp(values[i], 0f, 1f) * 255f) + 0.5f);
        }
    }

    /// <summary>Writes the pixels as numbers from 0 to 1, by the product with which a data set of bytes writes them.</summary>
    public void Write(Span<float> values) => PixelKernel.Scale(Pixels, values, 1f / 255f, 0f);

    public void CopyTo(PixelImage other) => Pixels.CopyTo(other.Pixels);

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_pixels);
        ArrayPool<byte>.Shared.Return(_spare);
        (_pixels, _spare) = ([], []);
    }

    private static Vector<uint> Level(ReadOnlySpan<float> values)
    {
        Vector<float> limited = Vector.Min(Vector.Max(new Vector<float>(values), Vector<float>.Zero), Vector<float>.One);
        return Vector.ConvertToUInt32((limited * 255f) + new Vector<float>(0.5f));
    }
}
