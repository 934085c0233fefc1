using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Regimen.Datasets;

/// <summary>The head of a npy file: what its values are, their shape, and where they begin.</summary>
/// <remarks>Six bytes <c>\x93NUMPY</c>, two of version (1.0, 2.0, 3.0), the header's length in two bytes (in four from 2.0 on), then a
/// Python dictionary with <c>descr</c>, <c>fortran_order</c> and <c>shape</c> (NumPy, "numpy.lib.format").</remarks>
/// <param name="Type">What the values are.</param>
/// <param name="Shape">The dimensions, outermost first, each at least 1.</param>
/// <param name="DataOffset">Where in the file the values begin.</param>
internal sealed record NpyHeader(NpyType Type, IReadOnlyList<int> Shape, long DataOffset)
{
    private const int LongestHeader = 65_536;
    private static readonly byte[] Magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Bytes a value.</summary>
    public int ElementSize => Type switch
    {
        NpyType.UInt8 => 1,
        NpyType.Int32 or NpyType.Float32 => 4,
        _ => 8,
    };

    /// <summary>How many values there are.</summary>
    public long Elements => Shape.Aggregate(1L, (product, dimension) => product * dimension);

    /// <summary>Reads a head, and compares what it promises with the file's length.</summary>
    /// <param name="start">The file's first bytes; all of a shorter file.</param>
    /// <param name="length">The file's length.</param>
    /// <param name="path">What problems call it.</param>
    /// <exception cref="RequestException">It is no npy file, is damaged or cut off, or holds what is not supported.</exception>
    public static NpyHeader Read(ReadOnlySpan<byte> start, long length, string path)
    {
        if (!start.StartsWith(Magic))
        {
            throw new RequestException(new Problem("This is no npy file") { Where = path, Expected = "a file that begins with \\x93NUMPY, as numpy.save writes it" });
        }

        (int at, int size) = start.Length < 12 ? throw Cut(path, length) : (start[6], start[7]) switch
        {
            (1, 0) => (10, BinaryPrimitives.ReadUInt16LittleEndian(start[8..])),
            (2 or 3, 0) => (12, (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(start[8..]), LongestHeader + 1)),
            _ => throw new RequestException(new Problem("Another version of the npy format")
            {
                Where = $"{path}, byte 6",
                Expected = "1.0, 2.0 or 3.0",
                Received = string.Create(CultureInfo.InvariantCulture, $"{start[6]}.{start[7]}"),
            }),
        };
        if (size > LongestHeader)
        {
            throw new RequestException(new Problem("The header is too long") { Where = $"{path}, byte 8", Expected = $"at most {LongestHeader} bytes" });
        }

        if (at + size > start.Length)
        {
            throw Cut(path, length);
        }

        Encoding encoding = start[6] == 3 ? Encoding.UTF8 : Encoding.Latin1;
        NpyHeader header = new NpyDictionary(encoding.GetString(start.Slice(at, size)), path, at).Read() with { DataOffset = at + size };
        if (header.Shape.Contains(0))
        {
            throw new RequestException(new Problem("The array is empty")
            {
                Where = path,
                Expected = "at least one value",
                Received = $"shape [{string.Join(", ", header.Shape)}]",
            });
        }

        BigInteger expected = header.Shape.Aggregate((BigInteger)header.ElementSize, (product, dimension) => product * dimension) + header.DataOffset;
        return expected == length ? header : throw new RequestException(new Problem(
            expected > length ? "The file ends before its array does" : "The file goes on behind its array")
        {
            Where = path,
            Expected = string.Create(CultureInfo.InvariantCulture, $"{expected} bytes for [{string.Join(", ", header.Shape)}] of {header.Type}"),
            Received = string.Create(CultureInfo.InvariantCulture, $"{length} bytes"),
            Hint = "The file is damaged, or was not written to its end.",
        });
    }

    /// <summary>The longest head there may be, before which no value begins.</summary>
    public static int Longest => LongestHeader + 12;

    private static RequestException Cut(string path, long length) => new(new Problem("The file ends inside its header")
    {
        Where = path,
        Received = string.Create(CultureInfo.InvariantCulture, $"{length} bytes"),
        Hint = "The file is damaged, or was not written to its end.",
    });
}
