using System.Security.Cryptography;
using System.Text;

namespace Regimen.Data;

/// <summary>Hashes the header of a data set's fingerprint.</summary>
internal static class DatasetHash
{
    public static void AppendHeader(IncrementalHash hash, string kind, SampleShape shape, IReadOnlyList<string> classes)
        => AppendText(hash, $"{kind}\0{shape}\0{string.Join('\0', classes)}\0");

    public static void AppendText(IncrementalHash hash, string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));
}
