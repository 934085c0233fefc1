using System.Security.Cryptography;
using Regimen.Safetensors;

namespace Regimen.WeightFiles;

/// <summary>Named tensors in a file or folder, of Regimen or of another program. Opening reads names, types and shapes alone; values are read
/// piece by piece, so that a file larger than memory can be examined.</summary>
/// <remarks>
/// <para>Formats: safetensors; several safetensors files with an index (<c>model.safetensors.index.json</c>); a state dict that
/// <c>torch.save</c> wrote (<c>.pth</c>, <c>.pt</c>, <c>.bin</c>), of which nothing is executed.</para>
/// <para>The description of the content takes at most twice the file's size and 1 MiB of memory. Not thread-safe.</para>
/// </remarks>
public abstract class WeightFile : IDisposable
{
    private const string SingleFile = "model.safetensors";
    private const string PyTorchFile = "pytorch_model.bin";

    private protected WeightFile(string path) => Path = path;

    /// <summary>The file; for a sharded model its index.</summary>
    public string Path { get; }

    /// <summary>The format: <c>safetensors</c> or <c>pytorch</c>.</summary>
    public abstract string Format { get; }

    /// <summary>The texts of the file's metadata.</summary>
    public abstract IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors, in the order of the file.</summary>
    public abstract IReadOnlyList<WeightEntry> Entries { get; }

    /// <summary>The size of the file, or of all files, in bytes.</summary>
    public abstract long Length { get; }

    /// <summary>The key under which the file keeps its tensors, as <c>state_dict</c> in a checkpoint with other values; null for none.</summary>
    public virtual string? Wrapper => null;

    /// <summary>The names of values that are not tensors.</summary>
    public virtual IReadOnlyList<string> Others => [];

    /// <summary>Opens a file, or the weights in a folder: <c>model.safetensors.index.json</c>, <c>model.safetensors</c>, <c>pytorch_model.bin</c>,
    /// or the only file of a known type.</summary>
    /// <exception cref="RequestException">It is missing, damaged, of another format, or a pickle that asks for more than tensors.</exception>
    public static WeightFile Open(string path)
    {
        if (Directory.Exists(path))
        {
            path = InFolder(path);
        }

        if (path.EndsWith(".index.json", StringComparison.OrdinalIgnoreCase))
        {
            return ShardedWeights.OfIndex(path);
        }

        var bytes = new FileBytes(path);
        try
        {
            return TorchWeights.IsFormatOf(bytes) ? TorchWeights.Open(bytes) : new SafetensorsWeights(bytes);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    /// <summary>Finds a tensor by its name; null if there is none.</summary>
    public virtual WeightEntry? Find(string name) => Entries.FirstOrDefault(e => e.Name == name);

    /// <summary>Calls a function with a tensor's values as little-endian bytes in row-major order, in pieces of whole elements.</summary>
    /// <exception cref="RequestException">The values are damaged, truncated, or of a type that can't be read.</exception>
    public void Read(WeightEntry entry, Action<ReadOnlySpan<byte>> piece)
    {
        SafetensorsFile.ThrowUnlessReadable(Path, entry.Name, entry.Type);
        ReadValues(entry, piece);
    }

    /// <summary>Computes the digest of all tensors (<see cref="WeightsDigest"/>), which does not depend on the format.</summary>
    /// <exception cref="RequestException">Values are damaged, truncated, or of a type that can't be read.</exception>
    public string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (WeightEntry entry in Entries.OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            WeightsDigest.AppendHead(hash, entry.Name, entry.Type, entry.Shape);
            Read(entry, hash.AppendData);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    private protected abstract void ReadValues(WeightEntry entry, Action<ReadOnlySpan<byte>> piece);

    private static string InFolder(string folder)
    {
        string[] standard = [ShardedWeights.IndexFile, SingleFile, PyTorchFile];
        if (standard.Select(name => System.IO.Path.Combine(folder, name)).FirstOrDefault(File.Exists) is { } found)
        {
            return found;
        }

        string[] suffixes = [".safetensors", ".pth", ".pt"];
        string[] files = [.. Directory.EnumerateFiles(folder).Where(f => suffixes.Contains(System.IO.Path.GetExtension(f).ToLowerInvariant())).Order(StringComparer.Ordinal)];
        return files is [var only] ? only : throw new RequestException(new Problem("The folder does not say which of its files has the weights")
        {
            Where = folder,
            Expected = $"{string.Join(", ", standard)}, or one file named *{string.Join(", *", suffixes)}",
            Received = files.Length == 0 ? "none of them" : string.Join(", ", files.Take(5).Select(System.IO.Path.GetFileName)),
            Hint = files.Length == 0 ? null : "Name the file.",
        });
    }
}
