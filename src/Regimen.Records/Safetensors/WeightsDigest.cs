using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Regimen.Safetensors;

/// <summary>Computes a digest of weights: SHA-256 over every tensor of a model, buffers included, in ordinal name order: the name in UTF-8,
/// 0x00, the type as safetensors writes it (<c>F32</c>), 0x00, the dimensions as decimals joined by commas, 0x00, the little-endian bytes.
/// Lower-case hex.</summary>
public static class WeightsDigest
{
    /// <summary>Returns the digest of a file's tensors.</summary>
    public static string Of(SafetensorsFile file)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (SafetensorsEntry entry in file.Entries.OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            AppendHead(hash, entry.Name, entry.Type, entry.Shape);
            foreach (byte[] piece in file.Pieces(entry))
            {
                hash.AppendData(piece);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Adds the name, type and shape of a tensor.</summary>
    internal static void AppendHead(IncrementalHash hash, string name, string type, IEnumerable<long> shape)
    {
        string dimensions = string.Join(',', shape.Select(d => d.ToString(CultureInfo.InvariantCulture)));
        hash.AppendData(Encoding.UTF8.GetBytes($"{name}\0{type}\0{dimensions}\0"));
    }
}
