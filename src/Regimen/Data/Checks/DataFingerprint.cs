using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Regimen.Data;

/// <summary>SHA-256 over everything that a run trains, validates and tests on: values, targets, shapes, classes and which sample is in
/// which part. Lower-case hex.</summary>
/// <remarks>A set that several parts are cut from is read once: a part is hashed as its samples' indices and the digest of its
/// source.</remarks>
public static class DataFingerprint
{
    /// <summary>Of all parts, each under its name.</summary>
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
            // Samples hold scaled targets: the same numbers in other units are other data.
            DatasetHash.AppendText(hash, $"{scale.Describe().ToJsonString()}\0");
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Whether the data is what a run recorded, with the fingerprint of today or of the first version.</summary>
    /// <param name="splits">The data.</param>
    /// <param name="fingerprint">Its fingerprint of today.</param>
    /// <param name="recorded">What the run recorded.</param>
    internal static bool IsOf(DataSplits splits, string fingerprint, string recorded) => fingerprint == recorded || OfFirstVersion(splits) == recorded;

    /// <summary>The fingerprint of the first version, which read a source once for each part that was cut from it.</summary>
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
