using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Regimen.Datasets;

/// <summary>The header of an npy file: type, shape and offset of the values.</summary>
/// <remarks>The format is six bytes <c>\x93NUMPY</c>, two bytes of version (1.0, 2.0, 3.0), the header's length in two bytes (four since 2.0),
/// then a Python dictionary with <c>descr</c>, <c>fortran_order</c> and <c>shape</c> (NumPy, "numpy.lib.format").</remarks>
/// <param name="Type">The type of the values.</param>
/// <param name="Shape">The dimensions, outermost first, each at least 1.</param>
/// <param name="DataOffset">The offset of the first value in the file, in bytes.</param>
internal sealed record NpyHeader(NpyType Type, IReadOnlyList<int> Shape, long DataOffset)
{
    private const int LongestHeader = 65_536;
    private static readonly byte[] Magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>The number of bytes per value.</summary>
    public int ElementSize => Type switch
    {
        NpyType.UInt8 => 1,
        NpyType.Int32 or NpyType.Float32 => 4,
        _ => 8,
    };

    /// <summary>The number of values.</summary>
    public long Elements => Shape.Aggregate(1L, (product, dimension) => product * dimension);

    /// <summary>Reads a header and checks it against the file's length.</summary>
    /// <param name="start">The first <see cref="Longest"/> bytes of the file, or all bytes of a shorter file.</param>
    /// <param name="length">The file's length in bytes.</param>
    /// <param name="path">The path for messages.</param>
    /// <exception cref="RequestException">The file is not an npy file, damaged, truncated or not supported.</exception>
    public static NpyHeader Read(ReadOnlySpan<byte> start, long length, string path)
    {
        if (!start.StartsWith(Magic))
        {
            throw new RequestException(new Problem("The file is not an npy file") { Where = path, Expected = "a file that begins with \\x93NUMPY, as written by numpy.save" });
        }

        (int at, int size) = start.Length < 12 ? throw Cut(path, length) : (start[6], start[7]) switch
        {
            (1, 0) => (10, BinaryPrimitives.ReadUInt16LittleEndian(start[8..])),
            (2 or 3, 0) => (12, (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(start[8..]), LongestHeader + 1)),
            _ => throw new RequestException(new Problem("The version of the npy format is not supported")
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
            expected > length ? "The file ends before the end of its array" : "The file is longer than its array")
        {
            Where = path,
            Expected = string.Create(CultureInfo.InvariantCulture, $"{expected} bytes for [{string.Join(", ", header.Shape)}] of {header.Type}"),
            Received = string.Create(CultureInfo.InvariantCulture, $"{length} bytes"),
            Hint = "The file is damaged or incomplete.",
        });
    }

    /// <summary>The maximum length of the magic bytes, version and header, in bytes.</summary>
    public static int Longest => LongestHeader + 12;

    private static RequestException Cut(string path, long length) => new(new Problem("The file ends inside its header")
    {
        Where = path,
        Received = string.Create(CultureInfo.InvariantCulture, $"{length} bytes"),
        Hint = "The file is damaged or incomplete.",
    });
}
