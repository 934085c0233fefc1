using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Files;
using Regimen.Imaging;

namespace Regimen.Datasets;

/// <summary>Reads shards from beginning to end, once, and returns their indexes.</summary>
/// <param name="options">The options.</param>
/// <param name="cancellationToken">Ends the reading.</param>
internal sealed class ShardReader(WebDataset.Options options, CancellationToken cancellationToken)
{
    private const int LargestLabel = 1 << 20;
    private readonly string[] _images = [.. options.Image.Select(Extension)];
    private readonly string _label = Extension(options.Label);
    private readonly PackedCache _cache = new(options.CacheFolder, $"tar\0{string.Join(',', options.Image.Select(Extension))}\0{Extension(options.Label)}\0{options.LabelField}");

    /// <summary>Returns the index of a shard, from the cache if it is there.</summary>
    /// <exception cref="RequestException">The shard or samples in it are not usable; the exception lists the problems.</exception>
    public TarArchive Read(string path)
    {
        string? cached = _cache.PathOf(path);
        if (cached is not null && PackedCache.Read(cached) is { } known)
        {
            return new TarArchive(path, known);
        }

        using var file = StableFile.Open(path);
        using var builder = new PackedIndexBuilder();
        var entries = new TarEntries(file);
        var keys = new HashSet<UInt128>();
        ShardSample? sample = null;
        while (!builder.IsHopeless && entries.Next() is { } entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (KeyOf(entry.Name) is not var (key, extension) || entry.Kind == TarKind.Folder)
            {
                continue;
            }

            if (sample?.Key != key)
            {
                Finish(file, sample, builder);
                sample = new ShardSample(key);

                // A digest of the key, because a shard may have millions of them.
                if (!keys.Add(BitConverter.ToUInt128(SHA256.HashData(Encoding.UTF8.GetBytes(key)))))
                {
                    builder.Problems.Add(new Problem("The name of the sample is in the shard twice")
                    {
                        Where = TarArchive.Origin(path, entry.Name),
                        Expected = "the files of a sample one after the other, and each name once",
                        Hint = "Write the shard with its files sorted by name (tar --sort=name).",
                    });
                }
            }

            Add(path, sample!, entry, extension, builder.Problems);
        }

        Finish(file, sample, builder);
        file.RequireUnchanged();
        ProblemList.ThrowIfAny(builder.Problems);
        PackedIndex index = builder.Build([]);
        if (index.Count == 0)
        {
            throw new RequestException(new Problem("The shard has no samples") { Where = path, Expected = $"files such as 000001.{_images[0]} and 000001.{_label}" });
        }

        if (cached is not null)
        {
            PackedCache.Write(cached, index);
        }

        return new TarArchive(path, index);
    }

    private static string Extension(string text) => text.TrimStart('.').ToLowerInvariant();

    /// <summary>Divides a name at the first dot of its last part, as WebDataset does; null for names without a dot, and hidden files.</summary>
    private static (string Key, string Extension)? KeyOf(string name)
    {
        int from = name.LastIndexOf('/') + 1;
        int dot = name.IndexOf('.', from);
        return dot <= from ? null : (name[..dot], name[(dot + 1)..].ToLowerInvariant());
    }

    private void Add(string path, ShardSample sample, TarMember entry, string extension, List<Problem> problems)
    {
        sample.Extensions.Add(extension);
        bool isImage = _images.Contains(extension);
        bool isLabel = extension == _label;
        if (!isImage && !isLabel)
        {
            return;
        }

        if (entry.Kind != TarKind.File)
        {
            problems.Add(new Problem("The entry is not a file but a link or a device") { Where = TarArchive.Origin(path, entry.Name), Expected = "a file with its content", Hint = "Write the shard with tar --dereference --hard-dereference." });
        }
        else if ((isImage ? sample.Image : sample.Label) is { } other)
        {
            problems.Add(new Problem(isImage ? "The sample has two images" : "The sample has two labels")
            {
                Where = TarArchive.Origin(path, entry.Name),
                Expected = "one",
                Received = $"{other.Name} too",
                Hint = isImage && other.Name != entry.Name ? $"Choose with data.image, such as data.image=[{extension}]." : null,
            });
        }

        sample.Image = isImage ? entry : sample.Image;
        sample.Label = isLabel ? entry : sample.Label;
    }

    private void Finish(StableFile file, ShardSample? sample, PackedIndexBuilder builder)
    {
        if (sample is null)
        {
            return;
        }

        if (sample is not { Image: { } image, Label: { } label })
        {
            bool hasImage = sample.Image is not null;
            builder.Problems.Add(new Problem(hasImage ? "The sample has no label" : "The sample has no image")
            {
                Where = TarArchive.Origin(file.Path, sample.Key),
                Expected = hasImage ? $"{sample.Key}.{_label} (data.label)" : string.Join(" or ", _images.Select(e => $"{sample.Key}.{e}")) + " (data.image)",
                Received = string.Join(", ", sample.Extensions.Take(20)),
            });
            return;
        }

        if (image.Length > EncodedImage.MaxFileBytes)
        {
            builder.Problems.Add(new Problem("The file is too large for an image") { Where = TarArchive.Origin(file.Path, image.Name), Expected = $"at most {EncodedImage.MaxFileBytes} bytes", Received = $"{image.Length} bytes" });
            return;
        }

        try
        {
            string text = LabelOf(file, label);
            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)image.Length);
            file.ReadAt(image.Offset, bytes);
            builder.Add(() => TarArchive.Origin(file.Path, image.Name), bytes, text, image.Offset, (ushort)((image.Offset - image.Start) / TarEntries.Block));
        }
        catch (RequestException refusal)
        {
            builder.Problems.AddRange(refusal.Problems);
        }
    }

    private string LabelOf(StableFile file, TarMember label)
    {
        string place = TarArchive.Origin(file.Path, label.Name);
        if (label.Length is 0 or > LargestLabel)
        {
            throw new RequestException(new Problem(label.Length == 0 ? "The label is empty" : "The label is too long") { Where = place, Expected = $"1 to {LargestLabel} bytes", Received = $"{label.Length} bytes" });
        }

        var bytes = new byte[(int)label.Length];
        file.ReadAt(label.Offset, bytes);
        return options.LabelField is { } field ? Field(bytes, field, place) : Encoding.UTF8.GetString(bytes).Trim();
    }

    private static string Field(byte[] json, string field, string place)
    {
        JsonNode? node;
        try
        {
            node = (StrictJson.Parse(json) as JsonObject ?? throw new JsonException("The file is not an object."))[field];
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new RequestException(new Problem("The file is not a JSON object") { Where = place, Expected = $"{{\"{field}\": …}}" }, exception);
        }

        return node is JsonValue value && value.GetValueKind() is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False
            ? node.ToString().Trim()
            : throw new RequestException(new Problem($"The file has no value for {field}") { Where = place, Expected = "a text or a number", Received = node?.ToJsonString() ?? "none" });
    }
}
