using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Workshop.Solutions;

public static class Step09
{
    public static double[] Losses(IReadOnlyList<string> lines)
    {
        var losses = new List<double>();
        for (int i = 0; i < lines.Count; i++)
        {
            try
            {
                JsonElement entry = JsonSerializer.Deserialize<JsonElement>(lines[i]);
                if (entry.GetProperty("event").GetString() == "epoch")
                {
                    losses.Add(entry.GetProperty("loss").GetDouble());
                }
            }
            catch (JsonException) when (i == lines.Count - 1)
            {
                // The run was killed while it wrote this line.
            }
            catch (JsonException exception)
            {
                throw new FormatException($"line {i + 1} is damaged", exception);
            }
        }

        return [.. losses];
    }

    public static string[] Missing(string firstLine, IReadOnlyList<string> required)
    {
        JsonElement entry = JsonSerializer.Deserialize<JsonElement>(firstLine);
        return [.. required.Where(name => !Has(entry, name.Split('.')))];

        static bool Has(JsonElement value, string[] names)
        {
            foreach (string name in names)
            {
                if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(name, out value))
                {
                    return false;
                }
            }

            return value.ValueKind != JsonValueKind.Null;
        }
    }

    public static string Digest(IReadOnlyDictionary<string, float[]> weights)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] bytes = new byte[4];
        foreach ((string name, float[] values) in weights.OrderBy(w => w.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData([0]);
            foreach (float value in values)
            {
                BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
                hash.AppendData(bytes);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
