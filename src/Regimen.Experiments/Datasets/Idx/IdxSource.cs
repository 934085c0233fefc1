using System.Buffers.Binary;
using System.IO.Compression;

namespace Regimen.Datasets;

/// <summary>The bytes of an idx file, unpacked where they are packed, with the offset reached and problems that name it.</summary>
internal sealed class IdxSource : IDisposable
{
    // One byte of deflate can stand for at most 1,032 (RFC 1951: 258 bytes in two bits).
    private const long HighestRatio = 1032;

    // How much is taken at first for a packed file's values; images of digits unpack to five times their size.
    private const long UsualRatio = 32;
    private const string Damaged = "The file is damaged: fetch or pack it again.";

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

    /// <summary>Whether the file is packed with gzip.</summary>
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

    public static string Place(string path, bool packed, long offset) => $"{path}, {(packed ? "unpacked " : "")}byte {offset}";

    /// <summary>Fills <paramref name="bytes"/>, or says that the header is cut off.</summary>
    public void ReadHeader(Span<byte> bytes)
    {
        int read = Read(bytes);
        if (read < bytes.Length)
        {
            throw Problem(_offset, "The file ends within its header", "an idx file", $"{_offset} bytes");
        }
    }

    /// <summary>The rest of the file, which must be this long.</summary>
    public byte[] ReadRest(int length)
    {
        long whole = _offset + length;
        byte[] bytes = Packed ? ReadPacked(length, whole) : ReadPlain(length, whole);
        if (Read(stackalloc byte[1]) != 0)
        {
            throw TooLong(whole, "more");
        }

        if (Packed)
        {
            CheckPackedEnd(whole);
        }

        return bytes;
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
                "The header asks for more values than a file of this size can hold",
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

    /// <summary>A gzip file ends with the length of what it holds (RFC 1952). Where that is something else, the file was cut off within
    /// its last bytes, something follows them, or it consists of several parts.</summary>
    private void CheckPackedEnd(long whole)
    {
        Span<byte> end = stackalloc byte[4];
        _file.Position = _fileLength - end.Length;
        _file.ReadExactly(end);
        uint says = BinaryPrimitives.ReadUInt32LittleEndian(end);
        if (says != (uint)whole)
        {
            throw new RequestException(new Problem("The gzip file does not end where its content ends")
            {
                Where = $"{_path}, byte {_fileLength - end.Length}",
                Expected = $"the unpacked length, {whole}",
                Received = $"{says}",
                Hint = "The file is damaged, or has several parts: pack it again with gzip.",
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
                new Problem($"The gzip data is damaged or cut off: {e.Message}") { Where = Place(_path, Packed, _offset), Hint = Damaged }, e);
        }
    }

    private RequestException TooShort(long length, long whole)
        => Problem(length, "The file is cut off", $"{whole} bytes, as its header says", $"{length} bytes");

    private RequestException TooLong(long whole, string received)
        => Problem(whole, "Something follows the last value", $"{whole} bytes, as its header says", received);
}
