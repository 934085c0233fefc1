using System.Buffers.Binary;
using System.IO.Compression;

namespace Regimen.Datasets;

/// <summary>Reads the bytes of an idx file, decompresses them if necessary, and tracks the offset for messages.</summary>
internal sealed class IdxSource : IDisposable
{
    // One byte of deflate data decompresses to at most 1,032 bytes (RFC 1951: 258 bytes in two bits).
    private const long HighestRatio = 1032;

    // The initial buffer of a compressed file, relative to its size. Images of digits decompress to about five times their size.
    private const long UsualRatio = 32;
    private const string Damaged = "The file is damaged. Download or compress it again.";

    private readonly string _path;
    private readonly FileStream _file;
    private readonly Stream _content;
    private readonly long _fileLength;
    private long _offset;

    private IdxSource(FileStream file, string path, long fileLength, bool packed)
    {
        _file = file;
        _path = path;
        _fileLength = fileLength;
        Packed = packed;
        _content = packed ? new GZipStream(file, CompressionMode.Decompress, leaveOpen: true) : file;
    }

    /// <summary>Whether the file is compressed with gzip.</summary>
    public bool Packed { get; }

    public static IdxSource Open(FileStream file, string path)
    {
        long length = file.Length;
        if (length == 0)
        {
            throw new RequestException(new Problem("The file is empty") { Where = path, Expected = "an idx file", Hint = Damaged });
        }

        Span<byte> start = stackalloc byte[2];
        bool packed = file.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && start is [0x1F, 0x8B];
        file.Position = 0;
        return new IdxSource(file, path, length, packed);
    }

    public static string Place(string path, bool packed, long offset) => $"{path}, {(packed ? "uncompressed " : "")}byte {offset}";

    /// <summary>Fills <paramref name="bytes"/>, or throws if the header is truncated.</summary>
    public void ReadHeader(Span<byte> bytes)
    {
        int read = Read(bytes);
        if (read < bytes.Length)
        {
            throw Problem(_offset, "The file ends within its header", "an idx file", $"{_offset} bytes");
        }
    }

    /// <summary>Reads the rest of the file, which must have this length in bytes.</summary>
    public byte[] ReadRest(int length)
    {
        long whole = _offset + length;
        byte[] bytes = Packed ? ReadPacked(length, whole) : ReadPlain(length, whole);
        RequireEnd(whole);
        return bytes;
    }

    /// <summary>Reads the next values.</summary>
    /// <param name="values">The bytes to fill.</param>
    /// <param name="whole">The length of the uncompressed file in bytes, according to the header.</param>
    public void ReadValues(Span<byte> values, long whole)
    {
        if (Read(values) < values.Length)
        {
            throw TooShort(_offset, whole);
        }
    }

    /// <summary>Checks that no data follows.</summary>
    public void RequireEnd(long whole)
    {
        if (Read(stackalloc byte[1]) != 0)
        {
            throw TooLong(whole, "more");
        }

        if (Packed)
        {
            CheckPackedEnd(whole);
        }
    }

    public RequestException Problem(long offset, string message, string expected, string received)
        => new(new Problem(message) { Where = Place(_path, Packed, offset), Expected = expected, Received = received, Hint = Damaged });

    public void Dispose()
    {
        if (Packed)
        {
            _content.Dispose();
        }
    }

    private byte[] ReadPlain(int length, long whole)
    {
        if (_fileLength < whole)
        {
            throw TooShort(_fileLength, whole);
        }

        if (_fileLength > whole)
        {
            throw TooLong(whole, $"{_fileLength} bytes");
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>(length);
        int read = Read(bytes);
        return read == length ? bytes : throw TooShort(_offset, whole);
    }

    private byte[] ReadPacked(int length, long whole)
    {
        if (length > _fileLength * HighestRatio)
        {
            throw Problem(
                _offset,
                "The header specifies more values than a file of this size can contain",
                $"at most {_fileLength * HighestRatio} bytes",
                $"{length} bytes of values");
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)Math.Min(length, Math.Max(_fileLength * UsualRatio, 1 << 16)));
        int filled = 0;
        while (true)
        {
            int read = Read(bytes.AsSpan(filled));
            filled += read;
            if (filled == length)
            {
                return bytes;
            }

            if (filled < bytes.Length)
            {
                throw TooShort(_offset, whole);
            }

            Array.Resize(ref bytes, (int)Math.Min(length, bytes.LongLength * 2));
        }
    }

    /// <summary>Checks the uncompressed length in the last bytes of a gzip file (RFC 1952). It differs if the file is truncated within these
    /// bytes, has trailing data, or consists of several members.</summary>
    private void CheckPackedEnd(long whole)
    {
        Span<byte> end = stackalloc byte[4];
        _file.Position = _fileLength - end.Length;
        _file.ReadExactly(end);
        uint recorded = BinaryPrimitives.ReadUInt32LittleEndian(end);
        if (recorded != (uint)whole)
        {
            throw new RequestException(new Problem("The length at the end of the gzip file does not match its content")
            {
                Where = $"{_path}, byte {_fileLength - end.Length}",
                Expected = $"the uncompressed length, {whole}",
                Received = $"{recorded}",
                Hint = "The file is damaged or has several members. Compress it again with gzip.",
            });
        }
    }

    /// <summary>Reads until the span is full or the content ends.</summary>
    private int Read(Span<byte> bytes)
    {
        try
        {
            int read = _content.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            _offset += read;
            return read;
        }
        catch (InvalidDataException e)
        {
            throw new RequestException(
                new Problem($"The gzip data is damaged or truncated: {e.Message}") { Where = Place(_path, Packed, _offset), Hint = Damaged }, e);
        }
    }

    private RequestException TooShort(long length, long whole)
        => Problem(length, "The file is truncated", $"{whole} bytes, according to the header", $"{length} bytes");

    private RequestException TooLong(long whole, string received)
        => Problem(whole, "The file has data after the last value", $"{whole} bytes, according to the header", received);
}
