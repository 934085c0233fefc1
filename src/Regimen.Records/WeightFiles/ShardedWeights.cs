using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Files;

namespace Regimen.WeightFiles;

/// <summary>Several safetensors files with an index, as Hugging Face tools write a large model: <c>{"weight_map": {"name": "file"}}</c>.</summary>
internal sealed class ShardedWeights : WeightFile
{
    public const string IndexFile = "model.safetensors.index.json";

    // An index has about 100 bytes a tensor.
    private const int LargestIndex = 16 << 20;
    private readonly Dictionary<string, WeightFile> _shards;
    private readonly Dictionary<string, (WeightFile Shard, WeightEntry Entry)> _byName = [];

    private ShardedWeights(string path, Dictionary<string, WeightFile> shards, Dictionary<string, string> map)
        : base(path)
    {
        _shards = shards;
        foreach ((string name, string file) in map)
        {
            WeightEntry entry = shards[file].Find(name) ?? throw Wrong($"the index names '{name}', which its file does not have", $"'{name}' in {file}", null);
            _byName.Add(name, (shards[file], entry));
        }

        if (shards.Select(s => (File: s.Key, Extra: s.Value.Entries.FirstOrDefault(e => !map.TryGetValue(e.Name, out string? file) || file != s.Key))).FirstOrDefault(s => s.Extra is not null) is { Extra: { } extra, File: var place })
        {
            throw Wrong($"{place} has '{extra.Name}', which the index does not name there", "every tensor of the files in the index", $"'{extra.Name}'");
        }

        Entries = [.. shards.OrderBy(s => s.Key, StringComparer.Ordinal).SelectMany(s => s.Value.Entries)];
    }

    public override string Format => "safetensors";

    public override IReadOnlyDictionary<string, string> Metadata => _shards.OrderBy(s => s.Key, StringComparer.Ordinal).First().Value.Metadata;

    public override IReadOnlyList<WeightEntry> Entries { get; }

    public override long Length => _shards.Values.Sum(s => s.Length);

    /// <summary>Opens the index and the files that it names, which must be beside it.</summary>
    public static ShardedWeights OfIndex(string path)
    {
        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        Dictionary<string, string> map = ReadIndex(path);
        var shards = new Dictionary<string, WeightFile>();
        try
        {
            foreach (string file in map.Values.Distinct())
            {
                var bytes = new FileBytes(System.IO.Path.Combine(folder, file));
                try
                {
                    shards.Add(file, new SafetensorsWeights(bytes));
                }
                catch
                {
                    bytes.Dispose();
                    throw;
                }
            }

            return new ShardedWeights(path, shards, map);
        }
        catch
        {
            foreach (WeightFile shard in shards.Values)
            {
                shard.Dispose();
            }

            throw;
        }
    }

    public override WeightEntry? Find(string name) => _byName.TryGetValue(name, out (WeightFile Shard, WeightEntry Entry) found) ? found.Entry : null;

    public override void Dispose()
    {
        foreach (WeightFile shard in _shards.Values)
        {
            shard.Dispose();
        }
    }

    private protected override void ReadValues(WeightEntry entry, Action<ReadOnlySpan<byte>> piece) => _byName[entry.Name].Shard.Read(entry, piece);

    private static Dictionary<string, string> ReadIndex(string path)
    {
        using var bytes = new FileBytes(path);
        if (bytes.Length > LargestIndex)
        {
            throw new RequestException(new Problem("The index of a sharded model is too large") { Where = path, Expected = $"at most {LargestIndex} bytes", Received = $"{bytes.Length}" });
        }

        try
        {
            JsonObject map = StrictJson.Parse(bytes.Read(0, (int)bytes.Length)).AsObject()["weight_map"] is JsonObject names ? names : throw new JsonException("it has no weight_map");
            if (map.Count == 0)
            {
                throw new JsonException("its weight_map is empty");
            }

            return map.ToDictionary(m => m.Key, m => Plain(m.Value?.GetValue<string>() ?? throw new JsonException("a file's name is null")));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new RequestException(new Problem($"The index of a sharded model is damaged: {exception.Message}") { Where = path }, exception);
        }

        // A name with a folder in it could be any file of this machine.
        static string Plain(string file) => file.Length > 0 && file == System.IO.Path.GetFileName(file) && file is not ("." or "..") && !file.AsSpan().ContainsAny('/', '\\', '\0')
            ? file
            : throw new JsonException($"'{file}' is not the name of a file beside it");
    }

    private RequestException Wrong(string how, string expected, string? received)
        => new(new Problem($"The files of the model do not fit together: {how}") { Where = Path, Expected = expected, Received = received });
}
