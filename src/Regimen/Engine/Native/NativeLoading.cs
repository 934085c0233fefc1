using System.IO.Compression;
using Regimen.Files;

namespace Regimen.Engine;

/// <summary>Prepares the process for the loading of libtorch, so that other threads can work meanwhile.</summary>
/// <remarks>Loading takes 0.2 s, mostly for the registration of libtorch's operators. During that time the system's loader (glibc's
/// <c>dlopen</c>) holds a lock, and a thread that calls a native function for the first time waits for it. Reading data calls such
/// functions.</remarks>
internal static class NativeLoading
{
    /// <summary>An empty gzip file (RFC 1952).</summary>
    private static readonly byte[] EmptyGzip = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Calls the native functions that reading data needs: finds a file, opens it, reads it and decompresses.</summary>
    /// <param name="file">Any file.</param>
    public static void CallInAdvance(string? file)
    {
        if (Path.Exists(file) && File.Exists(file) && !Directory.Exists(file))
        {
            using FileStream opened = InputFile.Open(file);
            _ = opened.ReadByte();
        }

        using var packed = new GZipStream(new MemoryStream(EmptyGzip), CompressionMode.Decompress);
        _ = packed.ReadByte();
    }
}
