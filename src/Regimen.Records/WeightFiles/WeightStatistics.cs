using System.Security.Cryptography;
using Regimen.Safetensors;

namespace Regimen.WeightFiles;

/// <summary>The statistics of all tensors of a file, and the digest of its weights, from one pass over the values.</summary>
/// <param name="ByName">The statistics by the tensors' names; those of a type that can't be read have none.</param>
/// <param name="Digest">The digest (<see cref="WeightsDigest"/>); null if a type can't be read.</param>
public sealed record WeightStatistics(IReadOnlyDictionary<string, TensorStatistics> ByName, string? Digest)
{
    /// <summary>Reads all values, with memory for one piece of them.</summary>
    /// <exception cref="RequestException">Values are damaged or truncated.</exception>
    public static WeightStatistics Of(WeightFile file)
    {
        var byName = new Dictionary<string, TensorStatistics>();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (WeightEntry entry in file.Entries.Where(e => e.IsReadable).OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            var sums = new StatisticsSums(entry.Type);
            WeightsDigest.AppendHead(hash, entry.Name, entry.Type, entry.Shape);
            file.Read(entry, piece =>
            {
                hash.AppendData(piece);
                sums.Add(piece);
            });
            byName.Add(entry.Name, sums.Result);
        }

        return new WeightStatistics(byName, byName.Count == file.Entries.Count ? Convert.ToHexStringLower(hash.GetHashAndReset()) : null);
    }
}
