using System.Buffers.Binary;
using System.Text.Json;
using Regimen.Files;

namespace Regimen.Safetensors;

/// <summary>The header of a safetensors file, with every offset, size and name checked against the file's length.</summary>
/// <param name="Metadata">The texts under <c>__metadata__</c>.</param>
/// <param name="Entries">The tensors, in the order of their values in the file.</param>
/// <param name="Length">The offset of the first value: 8 bytes and the header's text.</param>
internal sealed record SafetensorsHeader(IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<SafetensorsEntry> Entries, long Length)
{
    // The limit of the reference implementation.
    private const long LargestHeader = 100_000_000;

    /// <summary>Reads the header at the beginning of a file.</summary>
    /// <param name="path">The file's name in messages.</param>
    /// <param name="length">The file's length.</param>
    /// <param name="next">Reads the next bytes.</param>
    /// <exception cref="RequestException">The header is damaged; the message says how.</exception>
    public static SafetensorsHeader Read(string path, long length, Func<int, byte[]> next)
    {
        long available = length - 8;
        if (available < 0)
        {
            throw Damaged(path, "the file is too short to hold the header's length", "at least 8 bytes", $"{length}");
        }

        ulong textLength = BinaryPrimitives.ReadUInt64LittleEndian(next(8));
        if (textLength > LargestHeader || textLength > (ulong)available)
        {
            throw Damaged(path, "the header is longer than the file", $"at most {available} bytes", $"{textLength}");
        }

        var budget = new ReadBudget(path, length);
        budget.Take((long)textLength);
        try
        {
            (Dictionary<string, string> metadata, List<SafetensorsEntry> entries) = SafetensorsHeaderText.Parse(next((int)textLength), path, budget);
            Check(path, entries, available - (long)textLength);
            return new SafetensorsHeader(metadata, entries, 8 + (long)textLength);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new RequestException(new Problem($"The file is damaged: its header is not valid ({exception.Message})") { Where = path }, exception);
        }
    }

    /// <summary>Returns the problem of a damaged file.</summary>
    public static RequestException Damaged(string path, string how, string expected, string received)
        => new(new Problem($"The file is damaged: {how}") { Where = path, Expected = expected, Received = received });

    /// <summary>Returns the product of the dimensions; null if one is negative or libtorch's strides would overflow.</summary>
    public static long? Elements(IReadOnlyList<long> shape)
    {
        long product = 1;
        bool isEmpty = false;
        foreach (long dimension in shape)
        {
            if (dimension < 0 || (dimension > 0 && product > long.MaxValue / dimension))
            {
                return null;
            }

            isEmpty |= dimension == 0;
            product *= Math.Max(dimension, 1);
        }

        return isEmpty ? 0 : product;
    }

    /// <summary>Checks that names differ, and that the values follow each other without a gap, fill the file, and have the length that type and
    /// shape require.</summary>
    private static void Check(string path, List<SafetensorsEntry> entries, long available)
    {
        entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        for (int i = 1; i < entries.Count; i++)
        {
            if (entries[i].Name == entries[i - 1].Name)
            {
                throw Damaged(path, $"two tensors are named '{entries[i].Name}'", "different names", "the same name twice");
            }
        }

        entries.Sort((a, b) => (a.Start, a.End).CompareTo((b.Start, b.End)));
        long position = 0;
        foreach (SafetensorsEntry entry in entries)
        {
            if (entry.Start != position || entry.End < entry.Start || entry.End > available)
            {
                throw Damaged(path, $"the values of '{entry.Name}' have wrong offsets", $"from {position}, to at most {available}", $"{entry.Start} to {entry.End}");
            }

            if (SafetensorsType.SizeOf(entry.Type) is not { } size)
            {
                throw Damaged(path, $"'{entry.Name}' has an unknown type", SafetensorsType.Readable, entry.Type);
            }

            if (Elements(entry.Shape) is not { } elements || elements > available || elements * size != entry.End - entry.Start)
            {
                throw Damaged(path, $"'{entry.Name}' has a number of bytes that does not match its type and shape", $"{entry.Type} [{string.Join(", ", entry.Shape)}]", $"{entry.End - entry.Start} bytes");
            }

            position = entry.End;
        }

        if (position != available)
        {
            throw Damaged(path, "the file's length does not match its header", $"{position} bytes of values", $"{available}");
        }
    }
}
