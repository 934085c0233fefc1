using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Regimen.Files;

namespace Regimen.Safetensors;

/// <summary>A safetensors file that has been read into memory, with every offset, size and name checked.</summary>
public sealed class SafetensorsFile
{
    // The limit of the reference implementation.
    private const long LargestHeader = 100_000_000;
    private const int LargestPiece = 1 << 30;
    private readonly string _path;
    private readonly Dictionary<string, byte[][]> _values;

    private SafetensorsFile(string path, string digest, Dictionary<string, byte[][]> values, IReadOnlyDictionary<string, string> metadata, IReadOnlyList<SafetensorsEntry> entries)
    {
        _path = path;
        _values = values;
        Digest = digest;
        Metadata = metadata;
        Entries = entries;
    }

    /// <summary>The texts under <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors, in the order of their values in the file.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary>SHA-256 over the file's bytes, lower-case hex.</summary>
    internal string Digest { get; }

    /// <summary>Reads a file of any size into memory, once and from beginning to end. The file is not memory-mapped, because a mapped file that
    /// another process truncates would end this process.</summary>
    /// <exception cref="RequestException">It is missing or damaged; the message says how.</exception>
    public static SafetensorsFile Read(string path) => Read(path, LargestPiece);

    /// <summary>Reads a file, with the size of the arrays that hold the values; for tests.</summary>
    internal static SafetensorsFile Read(string path, int largestPiece)
    {
        using FileStream file = InputFile.Open(path);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            long available = file.Length - 8;
            if (available < 0)
            {
                throw Damaged(path, "the file is too short to hold the header's length", "at least 8 bytes", $"{file.Length}");
            }

            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(Next(8));
            if (length > LargestHeader || length > (ulong)available)
            {
                throw Damaged(path, "the header is longer than the file", $"at most {available} bytes", $"{length}");
            }

            (Dictionary<string, string> metadata, List<SafetensorsEntry> entries) = ReadHeader(path, Next((int)length));
            CheckOffsets(path, entries, available - (long)length);
            var values = new Dictionary<string, byte[][]>();
            foreach (SafetensorsEntry entry in entries)
            {
                var pieces = new List<byte[]>();
                for (long start = entry.Start; start < entry.End; start += largestPiece)
                {
                    pieces.Add(Next((int)Math.Min(largestPiece, entry.End - start)));
                }

                values.Add(entry.Name, [.. pieces]);
            }

            return new SafetensorsFile(path, Convert.ToHexStringLower(hash.GetHashAndReset()), values, metadata, entries);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new RequestException(new Problem($"The file is damaged: its header is not valid ({exception.Message})") { Where = path }, exception);
        }
        catch (EndOfStreamException exception)
        {
            throw new RequestException(new Problem("The file was truncated while it was read") { Where = path, Hint = "Try again when it has been written completely." }, exception);
        }
        catch (IOException exception)
        {
            throw InputFile.Unreadable(path, exception);
        }

        byte[] Next(int count)
        {
            byte[] bytes = GC.AllocateUninitializedArray<byte>(count);
            file.ReadExactly(bytes);
            hash.AppendData(bytes);
            return bytes;
        }
    }

    /// <summary>Returns the bytes of a tensor of at most 1 GiB, as they are in the file.</summary>
    /// <exception cref="NotSupportedException">The tensor is larger; <see cref="Pieces"/> has no limit.</exception>
    public ReadOnlySpan<byte> Values(SafetensorsEntry entry) => _values[entry.Name] switch
    {
        [] => [],
        [var all] => all,
        _ => throw new NotSupportedException($"The values of '{entry.Name}' do not fit into one span."),
    };

    /// <summary>Returns the bytes of a tensor of any size as a list of arrays.</summary>
    internal IReadOnlyList<byte[]> Pieces(SafetensorsEntry entry) => _values[entry.Name];

    /// <summary>Finds a tensor by its name.</summary>
    /// <exception cref="RequestException">There is no such tensor.</exception>
    public SafetensorsEntry Entry(string name) => Entries.FirstOrDefault(e => e.Name == name)
        ?? throw new RequestException(new Problem($"There is no tensor named '{name}'") { Where = _path, Expected = $"one of {string.Join(", ", Entries.Select(e => e.Name))}" });

    private static (Dictionary<string, string> Metadata, List<SafetensorsEntry> Entries) ReadHeader(string path, ReadOnlyMemory<byte> json)
    {
        using JsonDocument document = StrictJson.ParseDocument(json);
        var metadata = new Dictionary<string, string>();
        var entries = new List<SafetensorsEntry>();
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            if (property.Name == "__metadata__")
            {
                foreach (JsonProperty item in property.Value.EnumerateObject())
                {
                    metadata[item.Name] = item.Value.GetString() ?? throw new JsonException("metadata is not text");
                }

                continue;
            }

            JsonElement offsets = Member(path, property, "data_offsets");
            if (offsets.GetArrayLength() != 2)
            {
                throw Damaged(path, $"'{property.Name}' does not have two offsets", "2", $"{offsets.GetArrayLength()}");
            }

            entries.Add(new SafetensorsEntry(
                property.Name,
                Member(path, property, "dtype").GetString() ?? throw new JsonException("dtype is null"),
                [.. Member(path, property, "shape").EnumerateArray().Select(d => d.GetInt64())],
                offsets[0].GetInt64(),
                offsets[1].GetInt64()));
        }

        entries.Sort((a, b) => (a.Start, a.End).CompareTo((b.Start, b.End)));
        return (metadata, entries);
    }

    private static JsonElement Member(string path, JsonProperty tensor, string name) => tensor.Value.TryGetProperty(name, out JsonElement value)
        ? value
        : throw Damaged(path, $"'{tensor.Name}' has no {name}", name, "none");

    /// <summary>Checks that the values follow each other without a gap, fill the file, and have the length that type and shape require.</summary>
    private static void CheckOffsets(string path, List<SafetensorsEntry> entries, long available)
    {
        long position = 0;
        foreach (SafetensorsEntry entry in entries)
        {
            if (entry.Start != position || entry.End < entry.Start || entry.End > available)
            {
                throw Damaged(path, $"the values of '{entry.Name}' have wrong offsets", $"from {position}, to at most {available}", $"{entry.Start} to {entry.End}");
            }

            if (SafetensorsType.SizeOf(entry.Type) is not { } size)
            {
                throw Damaged(path, $"'{entry.Name}' has an unknown type", "F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL", entry.Type);
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

    /// <summary>Returns the product of the dimensions; null if one is negative or libtorch's strides would overflow.</summary>
    private static long? Elements(IReadOnlyList<long> shape)
    {
        try
        {
            long largest = shape.Aggregate(1L, (product, d) => d < 0 ? throw new OverflowException() : checked(product * Math.Max(d, 1)));
            return shape.Contains(0) ? 0 : largest;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private static RequestException Damaged(string path, string how, string expected, string received)
        => new(new Problem($"The file is damaged: {how}") { Where = path, Expected = expected, Received = received });
}

/// <summary>A tensor of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type, as the format names it: <c>F32</c>.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Start">The offset of its first byte, from the end of the header.</param>
/// <param name="End">The offset after its last byte.</param>
public sealed record SafetensorsEntry(string Name, string Type, IReadOnlyList<long> Shape, long Start, long End);
