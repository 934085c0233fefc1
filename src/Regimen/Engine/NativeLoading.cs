using System.IO.Compression;
using Regimen.Files;

namespace Regimen.Engine;

/// <summary>What is to be done before libtorch loads, so that other threads can work meanwhile.</summary>
/// <remarks>Loading takes 0.2 s, of which nothing can be spared: libtorch registers its operators. All that time the system's loader
/// (glibc's <c>dlopen</c>) holds a lock, and a thread that calls some native function for the first time waits for it until the end.
/// Reading data comes down to such functions.</remarks>
internal static class NativeLoading
{
    /// <summary>A gzip file of nothing (RFC 1952).</summary>
    private static readonly byte[] PackedNothing = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Calls what reading data calls: looks for a file, opens it, reads it, unpacks.</summary>
    /// <param name="file">Any file.</param>
    public static void CallAhead(string? file)
    {
        if (Path.Exists(file) && File.Exists(file) && !Directory.Exists(file))
        {
            using FileStream opened = InputFile.Open(file);
            _ = opened.ReadByte();
        }

        using var packed = new GZipStream(new MemoryStream(PackedNothing), CompressionMode.Decompress);
        _ = packed.ReadByte();
    }
}
