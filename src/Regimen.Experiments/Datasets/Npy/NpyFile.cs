using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>An array of numbers in a npy file. The values of a file up to 256 MB are read into memory when it is opened, those of a larger
/// one from the disk each time that they are asked for.</summary>
/// <remarks>Read-only, and safe from any thread. Row-major and little-endian; see <see cref="NpyType"/>. A file that is cut or written to
/// while it is open is reported.</remarks>
public sealed unsafe class NpyFile : IDisposable
{
    /// <summary>Bytes of a file that are held in memory as a whole.</summary>
    private const long Large = 256 << 20;
    private readonly StableFile _file;
    private readonly NpyHeader _header;

    // Pinned, so that rows can be gathered by pointer.
    private readonly byte[]? _memory;

    private NpyFile(StableFile file, NpyHeader header, byte[]? memory)
    {
        _file = file;
        _header = header;
        _memory = memory;
    }

    /// <summary>The file.</summary>
    public string Path => _file.Path;

    /// <summary>What the values are.</summary>
    public NpyType Type => _header.Type;

    /// <summary>The dimensions, outermost first, each at least 1; none for a single value.</summary>
    public IReadOnlyList<int> Shape => _header.Shape;

    /// <summary>Bytes a value.</summary>
    public int ElementSize => _header.ElementSize;

    /// <summary>How many values there are: the product of the dimensions.</summary>
    public long Elements => _header.Elements;

    /// <summary>Where in the file the values begin.</summary>
    public long DataOffset => _header.DataOffset;

    /// <summary>Whether float32 does not hold every value.</summary>
    internal bool IsWide => Type is NpyType.Int32 or NpyType.Int64 or NpyType.Float64;

    /// <summary>The values of a file of float32 that is in memory; else null. They do not move while this object is kept alive.</summary>
    internal float* Floats => Type == NpyType.Float32 && _memory is { } memory ? (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(memory)) : null;

    /// <summary>Opens a file.</summary>
    /// <exception cref="RequestException">It is missing, no npy file, damaged, cut off, longer than its header says, holds no value, or is
    /// of a kind that is not supported (another byte order, columns first, records); the message says how to save it.</exception>
    public static NpyFile Open(string path) => Open(path, Large);

    /// <summary>The same, where a file counts as large from another size on.</summary>
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

    /// <summary>Some values as float32, each rounded to the nearest.</summary>
    /// <param name="first">The first value, counted from 0 over the whole array.</param>
    /// <param name="to">Where they go; as many as it holds.</param>
    /// <exception cref="RequestException">The file can't be read any more, or was changed.</exception>
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

    /// <summary>Some values as float64; 64-bit whole numbers beyond 2⁵³ are rounded to the nearest.</summary>
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

    /// <summary>The values of an array of whole numbers.</summary>
    /// <inheritdoc cref="CopyTo(long, Span{float})"/>
    /// <exception cref="InvalidOperationException">The file holds floating-point numbers.</exception>
    public void CopyTo(long first, Span<long> to)
    {
        if (Type is NpyType.Float32 or NpyType.Float64)
        {
            throw new InvalidOperationException($"{Path} holds {Type} values; asked for whole numbers.");
        }

        Convert(first, to);
    }

    /// <summary>The bytes of some values.</summary>
    /// <param name="first">The first value, counted from 0 over the whole array.</param>
    /// <param name="to">Where they go; as many as it holds.</param>
    /// <exception cref="RequestException">The file can't be read any more, or was changed.</exception>
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

    /// <summary>Refuses to go on with a file that was cut or written to, also where its values are in memory: the record of a run names
    /// this file, and could not be verified or resumed from it.</summary>
    /// <exception cref="RequestException">It has changed since it was opened.</exception>
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
