using System.Security.Cryptography;
using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Safetensors;

/// <summary>Saves a model's weights as a safetensors file, and loads them.</summary>
public static class Weights
{
    /// <summary>Writes every parameter and persistent buffer of a model, under its plain PyTorch name, to a file. The file is replaced
    /// atomically and flushed to disk.</summary>
    /// <param name="model">The model, on any device.</param>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="metadata">The texts for the file's <c>__metadata__</c>; null for <c>format: pt</c> alone, which Hugging Face tools require.</param>
    /// <returns>The file's SHA-256, lower-case hex.</returns>
    /// <exception cref="WorkFailedException">It can't be written.</exception>
    public static string Save(nn.Module model, string path, IReadOnlyDictionary<string, string>? metadata = null)
    {
        string temporary = path + ".new";
        return Files.OutputFile.Guard(path, () =>
        {
            File.Delete(temporary);
            string digest = SafetensorsWriter.Write(temporary, model.state_dict(), metadata ?? new Dictionary<string, string> { ["format"] = "pt" });
            File.Move(temporary, path, overwrite: true);
            Files.AtomicFile.FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return digest;
        });
    }

    /// <summary>Loads every tensor of a model from a file with exactly these tensors.</summary>
    /// <param name="model">The model; its parameters keep their device and memory.</param>
    /// <param name="path">A safetensors file.</param>
    /// <exception cref="RequestException">The file is missing or damaged; or a tensor is missing, unexpected, or of another shape or type. It
    /// holds every such problem; the model is unchanged.</exception>
    public static void Load(nn.Module model, string path) => Load(model, SafetensorsFile.Read(path), path);

    /// <summary>Loads every tensor of a model from a file with exactly these tensors.</summary>
    /// <param name="model">The model; its parameters keep their device and memory.</param>
    /// <param name="file">The file's content.</param>
    /// <param name="path">The file's name in error messages.</param>
    /// <exception cref="RequestException">A tensor is missing, unexpected, or of another shape or type. It holds every such problem; the model
    /// is unchanged.</exception>
    public static void Load(nn.Module model, SafetensorsFile file, string path)
    {
        using TensorSet tensors = TensorSet.Of(file);
        NamedTensors.CopyInto(model.state_dict(), tensors.ByName, "The weights do not fit the model", path);
    }

    /// <summary>Returns the digest of a model's weights (<see cref="WeightsDigest"/>): equal for equal weights, whatever file they are in.</summary>
    public static string Digest(nn.Module model) => Digest(model.state_dict());

    /// <summary>Returns the digest of named tensors (<see cref="WeightsDigest"/>).</summary>
    internal static string Digest(IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, Tensor tensor) in tensors.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            using Tensor plain = SafetensorsWriter.Plain(tensor);
            WeightsDigest.AppendHead(hash, name, TensorType.NameOf(plain.dtype), plain.shape);
            TensorMemory.ForEachPiece(plain, hash.AppendData);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
