using System.Runtime.InteropServices;

namespace Regimen.Datasets;

/// <summary>An array of numbers in a npy file, mapped into memory: opening one reads its header only, and a value is read from the disk
/// when it is first touched. Its memory is the system's to take back.</summary>
/// <remarks>Read-only, and safe from any thread. Row-major and little-endian; see <see cref="NpyType"/>. The file must not be cut while
/// it is open.</remarks>
public sealed unsafe class NpyFile : IDisposable
{
    private readonly MappedFile _file;
    private readonly NpyHeader _header;

    private NpyFile(MappedFile file, NpyHeader header, string path)
    {
        _file = file;
        _header = header;
        Path = path;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

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
    public static NpyFile Open(string path)
    {
        MappedFile file = MappedFile.Open(path);
        try
        {
            var start = new ReadOnlySpan<byte>(file.Pointer, (int)Math.Min(file.Length, NpyHeader.Longest));
            return new NpyFile(file, NpyHeader.Read(start, file.Length, path), path);
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
    public void CopyTo(long first, Span<float> to)
    {
        switch (Type)
        {
            case NpyType.Float32:
                Values<float>(first, to.Length).CopyTo(to);
                break;
            case NpyType.UInt8:
                Convert<byte>(first, to, v => v);
                break;
            case NpyType.Int32:
                Convert<int>(first, to, v => v);
                break;
            case NpyType.Int64:
                Convert<long>(first, to, v => v);
                break;
            default:
                Convert<double>(first, to, v => (float)v);
                break;
        }
    }

    /// <summary>Gives the mapping back.</summary>
    public void Dispose() => _file.Dispose();

    private void Convert<T>(long first, Span<float> to, Func<T, float> convert)
        where T : unmanaged
    {
        ReadOnlySpan<T> from = Values<T>(first, to.Length);
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = convert(from[i]);
        }
    }
}
