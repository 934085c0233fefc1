using System.Security.Cryptography;

namespace Regimen.Data;

/// <summary>SHA-256 over everything that a run trains, validates and tests on: values, targets, shapes, classes and which sample is in
/// which part. Lower-case hex.</summary>
public static class DataFingerprint
{
    /// <summary>Of all parts, each under its name.</summary>
    public static string Of(DataSplits splits)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, IDataset part) in splits.Parts)
        {
            DatasetHash.AppendText(hash, $"{name}\0{part.Count}\0");
            part.AppendTo(hash);
        }

        if (TargetScale.Of(splits.Train) is { } scale)
        {
            // Samples hold scaled targets: the same numbers in other units are other data.
            DatasetHash.AppendText(hash, $"{scale.Describe().ToJsonString()}\0");
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
