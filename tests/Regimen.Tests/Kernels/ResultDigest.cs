namespace Regimen.Tests.Kernels;

/// <summary>A digest of results: FNV-1a, because SHA-256 needs OpenSSL, which an emulated system does not have.</summary>
internal sealed class ResultDigest
{
    private ulong _digest = 14695981039346656037;

    /// <summary>Adds results.</summary>
    public void Add(IEnumerable<float[]> results)
    {
        foreach (float value in results.SelectMany(r => r))
        {
            // NaN has many bit patterns, and processors choose differently.
            _digest = (_digest ^ BitConverter.SingleToUInt32Bits(float.IsNaN(value) ? float.NaN : value)) * 1099511628211;
        }
    }

    public override string ToString() => $"{_digest:x16}";
}
