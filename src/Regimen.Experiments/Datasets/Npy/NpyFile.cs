using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>An array of numbers in an npy file. A file up to 256 MB is read into memory when it is opened. The values of a larger file are
/// read from disk on demand.</summary>
/// <remarks>Read-only and thread-safe. The data is row-major and little-endian; see <see cref="NpyType"/>. A file that is truncated or written
/// to while it is open is reported.</remarks>
internal sealed unsafe class NpyFile : IDisposable
{
    /// <summary>The size in bytes up to which a file is held in memory.</summary>
    private const long Large = 256 << 20;
    private readonly StableFile _file;
    private readonly NpyHeader _header;

    // Pinned, so that rows can be gathered through a pointer.
    private readonly byte[]? _memory;

    private NpyFile(StableFile file, NpyHeader header, byte[]? memory)
    {
        _file = file;
        _header = header;
        _memory = memory;
    }

    /// <summary>The path of the file.</summary>
    public string Path => _file.Path;

    /// <summary>The type of the values.</summary>
    public NpyType Type => _header.Type;

    /// <summary>The dimensions, outermost first, each at least 1; none for a single value.</summary>
    public IReadOnlyList<int> Shape => _header.Shape;

    /// <summary>The number of bytes per value.</summary>
    public int ElementSize => _header.ElementSize;

    /// <summary>The number of values: the product of the dimensions.</summary>
    public long Elements => _header.Elements;

    /// <summary>The offset of the first value in the file, in bytes.</summary>
    public long DataOffset => _header.DataOffset;

    /// <summary>Whether the type has values that float32 can't represent exactly.</summary>
    internal bool IsWide => Type is NpyType.Int32 or NpyType.Int64 or NpyType.Float64;

    /// <summary>The values of a float32 file in memory; otherwise null. The pointer is valid while this object is alive.</summary>
    internal float* Floats => Type == NpyType.Float32 && _memory is { } memory ? (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(memory)) : null;

    /// <summary>Opens a file.</summary>
    /// <exception cref="RequestException">The file is missing, not an npy file, damaged, truncated, longer than its header says, empty, or of an
    /// unsupported kind (big-endian, column-major, records). The message says how to save it.</exception>
    public static NpyFile Open(string path) => Open(path, Large);

    /// <summary>Opens a file, with another size limit for holding it in memory.</summary>
    internal static NpyFile Open(string path, long large)
    {
        var file = StableFile.Open(path);
        try
        {
            byte[] start = new byte[Math.Min(file.Length, NpyHeader.Longest)];
            file.ReadAt(0, start);
            var header = NpyHeader.Read(start, file.Length, path);
            byte[]? memory = null;
            if (file.Length <= Math.Min(large, Array.MaxLength))
            {
                memory = GC.AllocateUninitializedArray<byte>((int)(file.Length - header.DataOffset), pinned: true);
                file.ReadAt(header.DataOffset, memory);
            }

            return new NpyFile(file, header, memory);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Copies values as float32, rounded to nearest.</summary>
    /// <param name="first">The index of the first value in the flattened array.</param>
    /// <param name="to">The span to fill.</param>
    /// <exception cref="RequestException">The file can't be read or was changed.</exception>
    public void CopyTo(long first, Span<float> to)
    {
        if (Type == NpyType.Float32)
        {
            Read(first, MemoryMarshal.AsBytes(to));
        }
        else
        {
            Convert(first, to);
        }
    }

    /// <summary>Copies values as float64. Whole numbers beyond 2⁵³ are rounded to nearest.</summary>
    /// <inheritdoc cref="CopyTo(long, Span{float})"/>
    public void CopyTo(long first, Span<double> to)
    {
        if (Type == NpyType.Float64)
        {
            Read(first, MemoryMarshal.AsBytes(to));
        }
        else
        {
            Convert(first, to);
        }
    }

    /// <summary>Copies values of an integer array.</summary>
    /// <inheritdoc cref="CopyTo(long, Span{float})"/>
    /// <exception cref="InvalidOperationException">The file holds floating-point numbers.</exception>
    public void CopyTo(long first, Span<long> to)
    {
        if (Type is NpyType.Float32 or NpyType.Float64)
        {
            throw new InvalidOperationException($"Expected an array of whole numbers; received {Type} values in {Path}.");
        }

        Convert(first, to);
    }

    /// <summary>Reads the bytes of values.</summary>
    /// <param name="first">The index of the first value in the flattened array.</param>
    /// <param name="to">The span to fill.</param>
    /// <exception cref="RequestException">The file can't be read or was changed.</exception>
    public void Read(long first, Span<byte> to)
    {
        RequireInside(first, to.Length / ElementSize);
        if (_memory is null)
        {
            _file.ReadAt(DataOffset + (first * ElementSize), to);
        }
        else
        {
            _memory.AsSpan(checked((int)(first * ElementSize)), to.Length).CopyTo(to);
        }
    }

    /// <summary>Throws if the file was truncated or written to, even if its values are in memory: a run could not be verified or resumed with
    /// the changed file.</summary>
    /// <exception cref="RequestException">The file has changed since it was opened.</exception>
    internal void RequireUnchanged() => _file.RequireUnchanged();

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private void RequireInside(long first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, Elements - count);
    }

    private void Convert<T>(long first, Span<T> to)
        where T : unmanaged, INumberBase<T>
    {
        RequireInside(first, to.Length);
        int length = to.Length * ElementSize;
        if (_memory is not null)
        {
            Convert(_memory.AsSpan(checked((int)(first * ElementSize)), length), to);
            return;
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent(length);
        Span<byte> bytes = rented.AsSpan(0, length);
        _file.ReadAt(DataOffset + (first * ElementSize), bytes);
        Convert(bytes, to);
        ArrayPool<byte>.Shared.Return(rented);
    }

    private void Convert<T>(ReadOnlySpan<byte> from, Span<T> to)
        where T : unmanaged, INumberBase<T>
    {
        switch (Type)
        {
            case NpyType.UInt8 when typeof(T) == typeof(float):
                PixelKernel.Scale(from, MemoryMarshal.Cast<T, float>(to), 1, 0);
                break;
            case NpyType.UInt8:
                ConvertEach(from, to);
                break;
            case NpyType.Int32:
                ConvertEach(MemoryMarshal.Cast<byte, int>(from), to);
                break;
            case NpyType.Int64:
                ConvertEach(MemoryMarshal.Cast<byte, long>(from), to);
                break;
            case NpyType.Float32:
                ConvertEach(MemoryMarshal.Cast<byte, float>(from), to);
                break;
            default:
                ConvertEach(MemoryMarshal.Cast<byte, double>(from), to);
                break;
        }
    }

    private static void ConvertEach<TFrom, TTo>(ReadOnlySpan<TFrom> from, Span<TTo> to)
        where TFrom : unmanaged, INumberBase<TFrom>
        where TTo : unmanaged, INumberBase<TTo>
    {
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = TTo.CreateTruncating(from[i]);
        }
    }
}
