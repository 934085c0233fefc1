using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>An array of numbers in a npy file, mapped into memory: opening one reads its header only, and a value is read from the disk
/// when it is first touched. Its memory is the system's to take back.</summary>
/// <remarks>Read-only, and safe from any thread. Row-major and little-endian; see <see cref="NpyType"/>. The file must not be cut while
/// it is open.</remarks>
public sealed unsafe class NpyFile : IDisposable
{
    private readonly MappedFile _file;
    private readonly NpyHeader _header;

    private NpyFile(MappedFile file, NpyHeader header, string path, long large)
    {
        IsLarge = file.Length > large;
        _file = file;
        _header = header;
        Path = path;
    }

    /// <summary>Bytes of a file that may be in this process's memory as a whole. Of a larger one, samples are read one by one, not through
    /// the mapping.</summary>
    private const long Large = 256 << 20;

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Whether values are read one sample at a time, not through the mapping.</summary>
    internal bool IsLarge { get; }

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

    /// <summary>The first value. It is there as long as this object is: keep it alive.</summary>
    public byte* Pointer => _file.Pointer + _header.DataOffset;

    /// <summary>Maps a file.</summary>
    /// <exception cref="RequestException">It is missing, no npy file, damaged, cut off, longer than its header says, or of a kind that is
    /// not supported (another byte order, columns first, records); the message says how to save it.</exception>
    public static NpyFile Open(string path) => Open(path, Large);

    /// <summary>The same, where a file counts as large from another size on.</summary>
    internal static NpyFile Open(string path, long large)
    {
        MappedFile file = MappedFile.Open(path);
        try
        {
            var start = new ReadOnlySpan<byte>(file.Pointer, (int)Math.Min(file.Length, NpyHeader.Longest));
            return new NpyFile(file, NpyHeader.Read(start, file.Length, path), path, large);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Some values as they are in the file.</summary>
    /// <typeparam name="T">The .NET type that <see cref="Type"/> stands for.</typeparam>
    /// <param name="first">The first value, counted from 0 over the whole array.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="InvalidOperationException">The file holds another type.</exception>
    public ReadOnlySpan<T> Values<T>(long first, int count)
        where T : unmanaged
    {
        Type held = Type switch
        {
            NpyType.UInt8 => typeof(byte),
            NpyType.Int32 => typeof(int),
            NpyType.Int64 => typeof(long),
            NpyType.Float32 => typeof(float),
            _ => typeof(double),
        };
        return held == typeof(T)
            ? MemoryMarshal.Cast<byte, T>(Bytes(first, count))
            : throw new InvalidOperationException($"{Path} holds {held.Name} values; asked for {typeof(T).Name}.");
    }

    /// <summary>The bytes of some values.</summary>
    /// <param name="first">The first value, counted from 0 over the whole array.</param>
    /// <param name="count">How many values; their bytes fit a span.</param>
    public ReadOnlySpan<byte> Bytes(long first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, Elements - count);
        return new ReadOnlySpan<byte>(Pointer + (first * ElementSize), checked(count * ElementSize));
    }

    /// <summary>Some values as float32, each rounded to the nearest.</summary>
    /// <param name="first">The first value, counted from 0 over the whole array.</param>
    /// <param name="to">Where they go; as many as it holds.</param>
    /// <exception cref="IOException">A large file can't be read any more.</exception>
    public void CopyTo(long first, Span<float> to)
    {
        if (!IsLarge)
        {
            Convert(Bytes(first, to.Length), to);
        }
        else if (Type == NpyType.Float32)
        {
            Read(first, MemoryMarshal.AsBytes(to));
        }
        else
        {
            byte[] bytes = ArrayPool<byte>.Shared.Rent(to.Length * ElementSize);
            Span<byte> values = bytes.AsSpan(0, to.Length * ElementSize);
            Read(first, values);
            Convert(values, to);
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Copies the bytes of some values; of a large file, without the mapping.</summary>
    /// <param name="first">The first value, counted from 0 over the whole array.</param>
    /// <param name="to">Where they go; as many as it holds.</param>
    /// <exception cref="IOException">A large file can't be read any more.</exception>
    public void Read(long first, Span<byte> to)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, Elements - (to.Length / ElementSize));
        if (IsLarge)
        {
            _file.ReadAt(DataOffset + (first * ElementSize), to);
        }
        else
        {
            Bytes(first, to.Length / ElementSize).CopyTo(to);
        }
    }

    /// <summary>Takes a large file's pages out of this process's memory, after a pass through the mapping.</summary>
    internal void Forget()
    {
        if (IsLarge)
        {
            _file.Forget();
        }
    }

    /// <summary>Gives the mapping back.</summary>
    public void Dispose() => _file.Dispose();

    private void Convert(ReadOnlySpan<byte> from, Span<float> to)
    {
        switch (Type)
        {
            case NpyType.Float32:
                MemoryMarshal.Cast<byte, float>(from).CopyTo(to);
                break;
            case NpyType.UInt8:
                PixelKernel.Scale(from, to, 1, 0);
                break;
            case NpyType.Int32:
                Convert(MemoryMarshal.Cast<byte, int>(from), to);
                break;
            case NpyType.Int64:
                Convert(MemoryMarshal.Cast<byte, long>(from), to);
                break;
            default:
                Convert(MemoryMarshal.Cast<byte, double>(from), to);
                break;
        }
    }

    private static void Convert<T>(ReadOnlySpan<T> from, Span<float> to)
        where T : unmanaged, INumberBase<T>
    {
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = float.CreateTruncating(from[i]);
        }
    }
}
