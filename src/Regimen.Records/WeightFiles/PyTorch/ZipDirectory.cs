using System.Buffers.Binary;
using System.Text;
using Regimen.Files;

namespace Regimen.WeightFiles;

/// <summary>The entries of a zip archive that <c>torch.save</c> wrote, which are stored without compression: a tensor's values are read from
/// their place in the file, and nothing is unpacked.</summary>
internal sealed class ZipDirectory
{
    private const uint EndSignature = 0x06054B50;
    private const uint End64Signature = 0x06064B50;
    private const uint Locator64Signature = 0x07064B50;
    private const uint CentralSignature = 0x02014B50;
    private const uint LocalSignature = 0x04034B50;
    private const int EndLength = 22;
    private const int LocalLength = 30;
    private const int CentralLength = 46;

    // An entry in the dictionary, without its name.
    private const int EntryBytes = 120;
    private readonly FileBytes _file;
    private readonly Dictionary<string, ZipEntry> _entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> _checked = [];

    /// <summary>Reads the directory at the end of the file.</summary>
    /// <exception cref="RequestException">It is damaged.</exception>
    public ZipDirectory(FileBytes file, ReadBudget budget)
    {
        _file = file;
        (long count, long length, long start) = ReadEnd();
        if (length > int.MaxValue || start < 0 || length < 0 || start > file.Length - length)
        {
            throw Damaged("its directory lies outside of the file");
        }

        budget.Take(length);
        ReadOnlySpan<byte> rest = file.Read(start, (int)length);
        for (long i = 0; i < count; i++)
        {
            if (rest.Length < CentralLength || Read32(rest, 0) != CentralSignature)
            {
                throw Damaged("its directory has fewer entries than it says");
            }

            int name = Read16(rest, 28);
            int extra = Read16(rest, 30);
            int whole = CentralLength + name + extra + Read16(rest, 32);
            if (whole > rest.Length)
            {
                throw Damaged("its directory is cut off");
            }

            budget.Take(EntryBytes + (2 * name));
            Add(rest[..whole], name, extra);
            rest = rest[whole..];
        }

        if (rest.Length > 0)
        {
            throw Damaged("its directory has more bytes than entries");
        }
    }

    /// <summary>The entries' names.</summary>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <summary>Returns the place of an entry's bytes in the file, after checking its own header; null if there is no such entry.</summary>
    /// <exception cref="RequestException">The entry is damaged, compressed, encrypted, or lies outside of the file.</exception>
    public (long Position, long Length)? Find(string name)
    {
        if (!_entries.TryGetValue(name, out ZipEntry entry))
        {
            return null;
        }

        if (entry.Method != 0 || (entry.Flags & 1) != 0 || entry.Packed != entry.Length)
        {
            throw Damaged($"'{name}' is compressed or encrypted, which torch.save never does");
        }

        if (entry.Local < 0 || entry.Local > _file.Length - LocalLength)
        {
            throw Damaged($"'{name}' lies outside of the file");
        }

        Span<byte> local = stackalloc byte[LocalLength];
        _file.Read(entry.Local, local);
        long position = entry.Local + LocalLength + Read16(local, 26) + Read16(local, 28);
        return Read32(local, 0) == LocalSignature && entry.Length >= 0 && position <= _file.Length - entry.Length
            ? (position, entry.Length)
            : throw Damaged($"'{name}' lies outside of the file");
    }

    /// <summary>Compares an entry's bytes with its checksum; once for each entry.</summary>
    /// <exception cref="RequestException">They differ.</exception>
    public void Check(string name)
    {
        if (!_checked.Add(name) || Find(name) is not { } place)
        {
            return;
        }

        var crc = new Crc32();
        _file.ForEachPiece(place.Position, place.Length, piece => crc.Add(piece));
        if (crc.Value != _entries[name].Crc)
        {
            throw new RequestException(new Problem($"The file is damaged: the checksum of '{name}' is wrong")
            {
                Where = _file.Path,
                Expected = $"{_entries[name].Crc:x8}",
                Received = $"{crc.Value:x8}",
                Hint = "Copy or download it again. If it was written with torch.serialization.set_crc32_options(False), it has no checksums: save it again with them.",
            });
        }
    }

    private (long Count, long Length, long Start) ReadEnd()
    {
        // A comment of at most 65,535 bytes may follow.
        int tail = (int)Math.Min(_file.Length, EndLength + ushort.MaxValue);
        byte[] bytes = _file.Read(_file.Length - tail, tail);
        for (int at = tail - EndLength; at >= 0; at--)
        {
            ReadOnlySpan<byte> end = bytes.AsSpan(at);
            if (Read32(end, 0) == EndSignature && end.Length == EndLength + Read16(end, 20))
            {
                (long Count, long Length, long Start) place = (Read16(end, 10), Read32(end, 12), Read32(end, 16));
                return place.Count == ushort.MaxValue || place.Length == uint.MaxValue || place.Start == uint.MaxValue
                    ? ReadEnd64(_file.Length - tail + at) ?? place
                    : place;
            }
        }

        throw Damaged("it has no directory at its end; it may be truncated");
    }

    private (long Count, long Length, long Start)? ReadEnd64(long end)
    {
        const int locatorLength = 20;
        const int end64Length = 56;
        if (end < locatorLength)
        {
            return null;
        }

        ReadOnlySpan<byte> locator = _file.Read(end - locatorLength, locatorLength);
        long position = (long)BinaryPrimitives.ReadUInt64LittleEndian(locator[8..]);
        if (Read32(locator, 0) != Locator64Signature)
        {
            return null;
        }

        if (position < 0 || position > _file.Length - end64Length)
        {
            throw Damaged("its directory lies outside of the file");
        }

        ReadOnlySpan<byte> end64 = _file.Read(position, end64Length);
        return Read32(end64, 0) == End64Signature
            ? ((long)BinaryPrimitives.ReadUInt64LittleEndian(end64[32..]), (long)BinaryPrimitives.ReadUInt64LittleEndian(end64[40..]), (long)BinaryPrimitives.ReadUInt64LittleEndian(end64[48..]))
            : throw Damaged("its directory is not where it says");
    }

    private void Add(ReadOnlySpan<byte> central, int nameLength, int extraLength)
    {
        string name = Encoding.UTF8.GetString(central.Slice(CentralLength, nameLength));
        long[] sizes = [Read32(central, 24), Read32(central, 20), Read32(central, 42)];
        ReadOnlySpan<byte> extra = central.Slice(CentralLength + nameLength, extraLength);
        while (extra.Length >= 4 && 4 + Read16(extra, 2) is var field && field <= extra.Length)
        {
            if (Read16(extra, 0) == 1)
            {
                // Zip64: the values that did not fit, in this order.
                ReadOnlySpan<byte> values = extra[4..field];
                for (int i = 0; i < sizes.Length && values.Length >= 8; i++)
                {
                    if (sizes[i] == uint.MaxValue)
                    {
                        sizes[i] = (long)BinaryPrimitives.ReadUInt64LittleEndian(values);
                        values = values[8..];
                    }
                }
            }

            extra = extra[field..];
        }

        if (!_entries.TryAdd(name, new ZipEntry(Read16(central, 8), Read16(central, 10), Read32(central, 16), sizes[0], sizes[1], sizes[2])))
        {
            throw Damaged($"'{name}' is in it twice");
        }
    }

    private RequestException Damaged(string how) => new(new Problem($"The archive is damaged: {how}") { Where = _file.Path });

    private static int Read16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint Read32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private readonly record struct ZipEntry(int Flags, int Method, uint Crc, long Length, long Packed, long Local);
}
