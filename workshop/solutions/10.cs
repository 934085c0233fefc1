using System.Buffers.Binary;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Workshop.Solutions;

public static class Step10
{
    public static Dictionary<string, long[]> Shapes(byte[] file)
    {
        // The length is compared before it is used: a damaged file may say anything.
        if (file.Length < 8 || BinaryPrimitives.ReadUInt64LittleEndian(file) > (ulong)(file.Length - 8))
        {
            throw new FormatException("the header is not complete");
        }

        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        return JsonNode.Parse(file.AsSpan(8, length))!.AsObject()
            .Where(e => e.Key != "__metadata__")
            .ToDictionary(e => e.Key, e => e.Value!["shape"]!.AsArray().Select(n => (long)n!).ToArray());
    }

    public static void Replace(string path, Action<Stream> write)
    {
        string unfinished = $"{path}.new";
        try
        {
            using (FileStream file = File.Create(unfinished))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }

            File.Move(unfinished, path, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    public static string[] LoadMatching(nn.Module model, IReadOnlyDictionary<string, Tensor> file)
    {
        using IDisposable noGradients = no_grad();
        var missing = new List<string>();
        foreach ((string name, Tensor weight) in model.state_dict())
        {
            if (file.TryGetValue(name, out Tensor? value) && value.shape.SequenceEqual(weight.shape))
            {
                weight.copy_(value);
            }
            else
            {
                missing.Add(name);
            }
        }

        return [.. missing.Order(StringComparer.Ordinal)];
    }
}
