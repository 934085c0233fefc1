using System.Text.Json;
using Regimen.Files;

namespace Regimen.Safetensors;

/// <summary>Parses the JSON of a safetensors header without a document in memory, so that a header takes no more than its budget.</summary>
internal static class SafetensorsHeaderText
{
    // libtorch's own operations support no more.
    private const int MostDimensions = 64;

    // An entry with its list slot.
    private const int EntryBytes = 96;

    /// <exception cref="JsonException">It is not the JSON of a header, or an object has a key twice.</exception>
    /// <exception cref="InvalidOperationException">A name is not valid text.</exception>
    /// <exception cref="FormatException">A number is not a 64-bit integer.</exception>
    public static (Dictionary<string, string> Metadata, List<SafetensorsEntry> Entries) Parse(ReadOnlySpan<byte> json, string path, ReadBudget budget)
    {
        var metadata = new Dictionary<string, string>();
        var entries = new List<SafetensorsEntry>();
        var reader = new Utf8JsonReader(json);
        bool hasMetadata = false;
        Begin(ref reader, JsonTokenType.StartObject);
        while (NextKey(ref reader, budget) is { } name)
        {
            if (name != "__metadata__")
            {
                budget.Take(EntryBytes);
                entries.Add(Entry(ref reader, name, path, budget));
            }
            else if (hasMetadata)
            {
                throw new JsonException("the key __metadata__ is there twice");
            }
            else
            {
                hasMetadata = true;
                ReadMetadata(ref reader, metadata, budget);
            }
        }

        // Only white space may follow.
        return reader.Read() ? throw new JsonException("text follows the object") : (metadata, entries);
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, Dictionary<string, string> metadata, ReadBudget budget)
    {
        Begin(ref reader, JsonTokenType.StartObject);
        while (NextKey(ref reader, budget) is { } key)
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                throw new JsonException(reader.TokenType == JsonTokenType.Null ? "metadata is not text" : $"the metadata '{key}' must be a String");
            }

            budget.TakeText(reader.ValueSpan.Length);
            budget.Take(EntryBytes);
            if (!metadata.TryAdd(key, reader.GetString()!))
            {
                throw new JsonException($"the metadata '{key}' is there twice");
            }
        }
    }

    private static SafetensorsEntry Entry(ref Utf8JsonReader reader, string name, string path, ReadBudget budget)
    {
        string? type = null;
        long[]? shape = null;
        long[]? offsets = null;
        Begin(ref reader, JsonTokenType.StartObject);
        while (NextKey(ref reader, budget) is { } key)
        {
            reader.Read();
            switch (key)
            {
                case "dtype" when type is null:
                    type = reader.TokenType == JsonTokenType.String ? SafetensorsType.Shared(reader.GetString()!) : throw new JsonException("dtype is not text");
                    break;
                case "shape" when shape is null:
                    shape = Numbers(ref reader, budget);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = Numbers(ref reader, budget);
                    break;
                case "dtype" or "shape" or "data_offsets":
                    throw new JsonException($"'{name}' has the key {key} twice");
                default:
                    reader.Skip();
                    break;
            }
        }

        (string Key, object? Value)[] required = [("dtype", type), ("shape", shape), ("data_offsets", offsets)];
        foreach ((string key, object? value) in required)
        {
            _ = value ?? throw SafetensorsHeader.Damaged(path, $"'{name}' has no {key}", key, "none");
        }

        return offsets is [long start, long end]
            ? new SafetensorsEntry(name, type!, shape!, start, end)
            : throw SafetensorsHeader.Damaged(path, $"'{name}' does not have two offsets", "2", $"{offsets!.Length}");
    }

    private static long[] Numbers(ref Utf8JsonReader reader, ReadBudget budget)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("a list of numbers is missing");
        }

        Span<long> numbers = stackalloc long[MostDimensions];
        int count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (count == MostDimensions)
            {
                throw new JsonException($"a list has more than {MostDimensions} numbers");
            }

            numbers[count++] = reader.TokenType == JsonTokenType.Number ? reader.GetInt64() : throw new JsonException("a list has a value that is not a number");
        }

        budget.Take(count == 0 ? 0 : 24 + (8 * count));
        return count == 0 ? [] : numbers[..count].ToArray();
    }

    private static void Begin(ref Utf8JsonReader reader, JsonTokenType expected)
    {
        reader.Read();
        if (reader.TokenType != expected)
        {
            throw new JsonException("an Object is required here");
        }
    }

    private static string? NextKey(ref Utf8JsonReader reader, ReadBudget budget)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.EndObject)
        {
            return null;
        }

        // Known keys are not allocated.
        foreach (string known in (ReadOnlySpan<string>)["dtype", "shape", "data_offsets", "__metadata__"])
        {
            if (reader.ValueTextEquals(known))
            {
                return known;
            }
        }

        budget.TakeText(reader.ValueSpan.Length);
        return reader.GetString();
    }
}
