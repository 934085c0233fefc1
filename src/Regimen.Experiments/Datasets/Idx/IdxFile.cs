using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>An array read from an idx file, the format of MNIST and related data sets. The file may be compressed with gzip.</summary>
/// <remarks>The format is two zero bytes, one byte for the element type, one for the number of dimensions, four bytes per dimension, then
/// the values in row-major order, all big-endian (LeCun, Cortes, Burges: "The MNIST database of handwritten digits"). Compression is
/// detected from the content, not from the name.</remarks>
internal sealed class IdxFile
{
    private const int MagicLength = 4;
    private readonly bool _packed;
    private readonly byte[] _bytes;

    private IdxFile(string path, bool packed, IdxElementType elementType, int[] dimensions, byte[] bytes)
    {
        Path = path;
        _packed = packed;
        ElementType = elementType;
        Dimensions = dimensions;
        _bytes = bytes;
    }

    /// <summary>The path of the file.</summary>
    public string Path { get; }

    /// <summary>The type of the values.</summary>
    public IdxElementType ElementType { get; }

    /// <summary>The dimensions, outermost first, each at least 1; for images <c>[count, height, width]</c>.</summary>
    public IReadOnlyList<int> Dimensions { get; }

    /// <summary>The offset of the first value in the uncompressed file, in bytes.</summary>
    public int DataOffset => MagicLength + (4 * Dimensions.Count);

    /// <summary>Reads a file.</summary>
    /// <exception cref="RequestException">The file is missing, a folder, empty, not an idx file, damaged, truncated, longer than its header
    /// says, or has 2 GB of values or more. Memory is allocated for the actual content, not for the size in the header.</exception>
    public static IdxFile Read(string path)
    {
        using FileStream file = InputFile.OpenRegular(path);
        try
        {
            using var source = IdxSource.Open(file, path);
            (IdxElementType elementType, int[] dimensions, int length) = ReadHeader(source);
            byte[] bytes = source.ReadRest(length);
            ToMachineOrder(bytes, elementType);
            return new IdxFile(path, source.Packed, elementType, dimensions, bytes);
        }
        catch (IOException e)
        {
            throw InputFile.Unreadable(path, e);
        }
    }

    /// <summary>Returns the values in row-major order.</summary>
    /// <typeparam name="T">The .NET type of <see cref="ElementType"/>.</typeparam>
    /// <exception cref="InvalidOperationException">The file has another element type.</exception>
    public ReadOnlySpan<T> Values<T>()
        where T : unmanaged
    {
        Type held = ElementType switch
        {
            IdxElementType.UInt8 => typeof(byte),
            IdxElementType.Int8 => typeof(sbyte),
            IdxElementType.Int16 => typeof(short),
            IdxElementType.Int32 => typeof(int),
            IdxElementType.Float32 => typeof(float),
            _ => typeof(double),
        };
        return held == typeof(T)
            ? MemoryMarshal.Cast<byte, T>(_bytes)
            : throw new InvalidOperationException($"Expected {typeof(T).Name} values; received {held.Name} values in {Path}.");
    }

    /// <summary>Returns the array of the values, not a copy. Types wider than a byte are in the byte order of this machine.</summary>
    public byte[] GetBytes() => _bytes;

    /// <summary>Formats a location in this file for messages.</summary>
    internal string Place(long offset) => IdxSource.Place(Path, _packed, offset);

    /// <summary>Reads the header: the element type, the dimensions, and the length of all values in bytes.</summary>
    internal static (IdxElementType Type, int[] Dimensions, int Length) ReadHeader(IdxSource source)
    {
        Span<byte> magic = stackalloc byte[MagicLength];
        source.ReadHeader(magic);
        if (magic[0] != 0 || magic[1] != 0)
        {
            throw source.Problem(0, "The file is not an idx file", "two zero bytes at the beginning", $"0x{magic[0]:X2} 0x{magic[1]:X2}");
        }

        int size = ElementSize((IdxElementType)magic[2]);
        if (size == 0)
        {
            throw source.Problem(2, "The element type is unknown", "0x08, 0x09, 0x0B, 0x0C, 0x0D or 0x0E", $"0x{magic[2]:X2}");
        }

        if (magic[3] == 0)
        {
            throw source.Problem(3, "The array has no dimensions", "1 dimension or more", "0");
        }

        var dimensions = new int[magic[3]];
        long length = size;
        Span<byte> bytes = stackalloc byte[4];
        for (int i = 0; i < dimensions.Length; i++)
        {
            int offset = MagicLength + (4 * i);
            source.ReadHeader(bytes);
            dimensions[i] = BinaryPrimitives.ReadInt32BigEndian(bytes);
            if (dimensions[i] < 1)
            {
                throw source.Problem(offset, $"Dimension {i + 1} is out of range", $"a number from 1 to {int.MaxValue}", $"{dimensions[i]}");
            }

            // Both factors are below 2³¹, so the product does not overflow.
            length *= dimensions[i];
            if (length > Array.MaxLength)
            {
                throw source.Problem(
                    offset,
                    "The array is too large",
                    $"at most {Array.MaxLength} bytes of values",
                    $"{length} or more");
            }
        }

        return ((IdxElementType)magic[2], dimensions, (int)length);
    }

    private static int ElementSize(IdxElementType type) => type switch
    {
        IdxElementType.UInt8 or IdxElementType.Int8 => 1,
        IdxElementType.Int16 => 2,
        IdxElementType.Int32 or IdxElementType.Float32 => 4,
        IdxElementType.Float64 => 8,
        _ => 0,
    };

    private static void ToMachineOrder(byte[] bytes, IdxElementType type)
    {
        if (!BitConverter.IsLittleEndian)
        {
            return;
        }

        switch (ElementSize(type))
        {
            case 2:
                Span<short> shorts = MemoryMarshal.Cast<byte, short>(bytes.AsSpan());
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case 4:
                Span<int> ints = MemoryMarshal.Cast<byte, int>(bytes.AsSpan());
                BinaryPrimitives.ReverseEndianness(ints, ints);
                break;
            case 8:
                Span<long> longs = MemoryMarshal.Cast<byte, long>(bytes.AsSpan());
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
            default:
                break;
        }
    }
}
