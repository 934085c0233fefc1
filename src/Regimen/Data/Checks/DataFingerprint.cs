using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Regimen.Data;

/// <summary>Computes the fingerprint of a run's data: SHA-256 over the values, targets, shapes, classes and the assignment of samples to the
/// training, validation and test set. Lower-case hex.</summary>
/// <remarks>A source of several parts is read once: a part is hashed as the indices of its samples and the digest of its source.</remarks>
internal static class DataFingerprint
{
    /// <summary>Returns the fingerprint of all parts, each under its name.</summary>
    public static string Of(DataSplits splits)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var sources = new Dictionary<IDataset, byte[]>(ReferenceEqualityComparer.Instance);
        foreach ((string name, IDataset part) in splits.Parts)
        {
            DatasetHash.AppendText(hash, $"{name}\0{part.Count}\0");
            hash.AppendData(DigestOf(part, sources));
        }

        if (TargetScale.Of(splits.Train) is { } scale)
        {
            // Samples hold scaled targets, so the scale is hashed too: the same numbers in other units are different data.
            DatasetHash.AppendText(hash, $"{scale.Describe().ToJsonString()}\0");
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Whether the data is what a run recorded, with the current fingerprint or that of the first version.</summary>
    /// <param name="splits">The data.</param>
    /// <param name="fingerprint">Its current fingerprint.</param>
    /// <param name="recorded">The recorded fingerprint.</param>
    internal static bool IsOf(DataSplits splits, string fingerprint, string recorded) => fingerprint == recorded || OfFirstVersion(splits) == recorded;

    /// <summary>Returns the fingerprint of the first version, which reads a source once for each part.</summary>
    internal static string OfFirstVersion(DataSplits splits)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, IDataset part) in splits.Parts)
        {
            DatasetHash.AppendText(hash, $"{name}\0{part.Count}\0");
            part.AppendTo(hash);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static byte[] DigestOf(IDataset set, Dictionary<IDataset, byte[]> known)
    {
        if (known.TryGetValue(set, out byte[]? digest))
        {
            return digest;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        switch (set)
        {
            case Subset part:
                DatasetHash.AppendText(hash, "subset\0");
                hash.AppendData(MemoryMarshal.AsBytes(part.Indices));
                hash.AppendData(DigestOf(part.Source, known));
                break;
            case ConcatDataset all:
                DatasetHash.AppendText(hash, "concat\0");
                foreach (IDataset source in all.Sources)
                {
                    DatasetHash.AppendText(hash, $"{source.Count}\0");
                    hash.AppendData(DigestOf(source, known));
                }

                break;
            case MapDataset map:
                map.AppendSamples(hash);
                break;
            default:
                set.AppendTo(hash);
                break;
        }

        return known[set] = hash.GetHashAndReset();
    }
}
