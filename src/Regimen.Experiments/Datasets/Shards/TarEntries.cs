using System.Globalization;
using System.Text;

namespace Regimen.Datasets;

/// <summary>The kind of an entry of a tar file.</summary>
internal enum TarKind
{
    /// <summary>A file with content.</summary>
    File,

    /// <summary>A folder, or a label without meaning.</summary>
    Folder,

    /// <summary>A link, a device, or content in another form.</summary>
    Other,
}

/// <summary>An entry of a tar file.</summary>
/// <param name="Name">The name; it is a name only, nothing is extracted.</param>
/// <param name="Kind">The kind.</param>
/// <param name="Start">The position of its first header.</param>
/// <param name="Offset">The position of its content.</param>
/// <param name="Length">The length of its content.</param>
internal readonly record struct TarMember(string Name, TarKind Kind, long Start, long Offset, long Length);

/// <summary>Reads the headers of a tar file and seeks over what is between them: v7, ustar, GNU's long names, pax. Each header's checksum is checked, and
/// the mark at the end is required.</summary>
/// <param name="file">The file.</param>
/// <param name="start">The position of the first header.</param>
internal sealed class TarEntries(StableFile file, long start = 0)
{
    /// <summary>The size of a block.</summary>
    public const int Block = 512;

    private const int LongestName = 64 << 10;
    private const int LongestPax = 1 << 20;
    private const int LongestPadding = 1 << 20;
    private long _next = start;

    /// <summary>Reads the next entry; null at the end.</summary>
    /// <exception cref="RequestException">The file is not a tar file, or is damaged or truncated; the message has the position.</exception>
    public TarMember? Next()
    {
        var header = new byte[Block];
        long first = _next;
        (string? longName, string? paxName, long? paxSize) = (null, null, null);
        while (true)
        {
            if (_next > file.Length - Block)
            {
                throw Truncated(_next, "a header, or the two blocks of zeros at the end of a tar file");
            }

            file.ReadAt(_next, header);
            if (!header.AsSpan().ContainsAnyExcept((byte)0))
            {
                RequireEnd(_next + Block);
                return null;
            }

            RequireChecksum(header);
            long size = Number(header.AsSpan(124, 12)) ?? throw Damaged(_next, "a size");
            char type = (char)header[156];
            long content = _next + Block;
            size = type is 'x' or 'g' or 'L' or 'K' ? size : type is '1' or '2' ? 0 : paxSize ?? size;
            if (size < 0 || size > file.Length - content)
            {
                throw Truncated(_next, string.Create(CultureInfo.InvariantCulture, $"{size} bytes of content"));
            }

            _next = content + ((size + Block - 1) / Block * Block);
            if (content - first > ushort.MaxValue * (long)Block)
            {
                throw Damaged(first, "an entry");
            }

            switch (type)
            {
                case 'L':
                    longName = Text(Read(content, size, LongestName));
                    continue;
                case 'x':
                    (paxName, paxSize) = Pax(Read(content, size, LongestPax), content);
                    continue;
                case 'K' or 'g':
                    continue;
                default:
                    TarKind kind = type is '0' or '\0' or '7' ? TarKind.File : type is '5' or 'V' ? TarKind.Folder : TarKind.Other;
                    string name = paxName ?? longName ?? NameIn(header);
                    return new TarMember(name, type == '\0' && name.EndsWith('/') ? TarKind.Folder : kind, first, content, size);
            }
        }
    }

    private static string NameIn(byte[] header)
    {
        string name = Text(header.AsSpan(0, 100));
        bool isUstar = header.AsSpan(257, 6).SequenceEqual("ustar\0"u8);
        return isUstar && header[345] != 0 ? $"{Text(header.AsSpan(345, 155))}/{name}" : name;
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    /// <summary>A number in octal digits, or in the binary form of GNU for large ones; null for neither.</summary>
    private static long? Number(ReadOnlySpan<byte> field)
    {
        long value = 0;
        if (field[0] == 0x80)
        {
            foreach (byte b in field[1..])
            {
                if (value >> 54 != 0)
                {
                    return null;
                }

                value = (value << 8) | b;
            }

            return value;
        }

        foreach (byte digit in field.Trim(" \0"u8))
        {
            if (digit is < (byte)'0' or > (byte)'7')
            {
                return null;
            }

            value = (value << 3) | (uint)(digit - '0');
        }

        return value;
    }

    private void RequireChecksum(ReadOnlySpan<byte> header)
    {
        int sum = 8 * ' ';
        for (int i = 0; i < Block; i++)
        {
            sum += i is >= 148 and < 156 ? 0 : header[i];
        }

        if (Number(header.Slice(148, 8)) != sum)
        {
            bool isCompressed = _next == 0 && (header.StartsWith<byte>([0x1F, 0x8B]) || header.StartsWith<byte>([0x28, 0xB5, 0x2F, 0xFD]) || header.StartsWith("BZh"u8) || header.StartsWith<byte>([0xFD, 0x37, 0x7A, 0x58, 0x5A]));
            throw isCompressed ? new RequestException(ArchivePaths.CompressedFile(file.Path)) : _next == 0
                ? new RequestException(new Problem("The file is not a tar file") { Where = file.Path, Expected = "a tar file: ustar, GNU or pax", Received = "a first block with a wrong checksum" })
                : Damaged(_next, "a header");
        }
    }

    /// <summary>Zeros may fill up the file; anything else would be left out silently.</summary>
    private void RequireEnd(long from)
    {
        long rest = file.Length - from;
        if (rest < Block)
        {
            throw Truncated(from, "a second block of zeros at the end");
        }

        var zeros = new byte[(int)Math.Min(rest, LongestPadding)];
        file.ReadAt(from, zeros);
        int other = zeros.AsSpan().IndexOfAnyExcept((byte)0);
        if (other >= 0 || rest > zeros.Length)
        {
            throw new RequestException(new Problem("The tar file goes on after its end: it may be several tar files in one")
            {
                Where = Place(other >= 0 ? from + other : from),
                Expected = "zeros up to the end of the file, at most 1 MiB",
                Hint = "Join tar files with tar --concatenate, or give each its own file.",
            });
        }
    }

    private byte[] Read(long offset, long size, int most)
    {
        var bytes = new byte[size <= most ? (int)size : throw Damaged(offset, string.Create(CultureInfo.InvariantCulture, $"at most {most} bytes of names"))];
        file.ReadAt(offset, bytes);
        return bytes;
    }

    /// <summary>Reads the records "LENGTH KEY=VALUE\n" of a pax header.</summary>
    private (string? Name, long? Size) Pax(ReadOnlySpan<byte> records, long offset)
    {
        (string? name, long? size) = (null, null);
        while (!records.IsEmpty)
        {
            int space = records.IndexOf((byte)' ');
            if (space <= 0 || !int.TryParse(records[..space], NumberStyles.None, CultureInfo.InvariantCulture, out int length) || length <= space + 1 || length > records.Length || records[length - 1] != '\n')
            {
                throw Damaged(offset, "a record of a pax header");
            }

            string record = Encoding.UTF8.GetString(records[(space + 1)..(length - 1)]);
            records = records[length..];
            int equals = record.IndexOf('=', StringComparison.Ordinal);
            (string key, string value) = equals < 0 ? throw Damaged(offset, "a record of a pax header") : (record[..equals], record[(equals + 1)..]);
            if (key.StartsWith("GNU.sparse.", StringComparison.Ordinal))
            {
                throw new RequestException(new Problem("An entry of the tar file is a sparse file") { Where = Place(offset), Expected = "files with all of their content", Hint = "Write it without tar --sparse." });
            }

            name = key == "path" ? value : name;
            size = key != "size" ? size : long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : throw Damaged(offset, "the size in a pax header");
        }

        return (name, size);
    }

    private RequestException Truncated(long at, string expected) => new(new Problem(file.Length < Block ? "The file is not a tar file" : "The tar file is truncated")
    {
        Where = Place(at),
        Expected = expected,
        Received = string.Create(CultureInfo.InvariantCulture, $"a file of {file.Length} bytes"),
        Hint = "Copy or write it again.",
    });

    private RequestException Damaged(long at, string expected) => new(new Problem("The tar file is damaged") { Where = Place(at), Expected = expected, Received = "other bytes", Hint = "Copy or write it again." });

    private string Place(long at) => string.Create(CultureInfo.InvariantCulture, $"{file.Path}, byte {at}");
}
