using System.Formats.Tar;
using System.IO.Compression;
using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>Reads the CIFAR files from their archive, a gzipped tar.</summary>
internal static class CifarArchive
{
    /// <summary>Reads the bytes of each file.</summary>
    /// <exception cref="RequestException">The archive is damaged or truncated, or a file is missing.</exception>
    public static byte[][] Read(string archive, CifarForm form)
    {
        (string Name, int Images)[] wanted = [.. form.Files];
        var found = new byte[]?[wanted.Length];
        try
        {
            using FileStream file = InputFile.OpenRegular(archive);
            using var unpacked = new GZipStream(file, CompressionMode.Decompress);
            using var tar = new TarReader(unpacked);
            while (tar.GetNextEntry() is { } entry)
            {
                int at = Array.FindIndex(wanted, w => w.Name == Path.GetFileName(entry.Name));
                if (at >= 0 && entry.DataStream is { } data)
                {
                    found[at] = ReadEntry(archive, entry, data, (long)wanted[at].Images * form.RecordBytes);
                }
            }

            // The gzip checksum is at the end, after the last byte that TarReader reads.
            unpacked.CopyTo(Stream.Null);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or FormatException or ArgumentException or NotSupportedException)
        {
            throw Damaged(archive, e.Message, e);
        }

        return [.. found.Select((bytes, i) => bytes ?? throw Damaged(archive, $"it has no {wanted[i].Name}"))];
    }

    private static byte[] ReadEntry(string archive, TarEntry entry, Stream data, long length)
    {
        if (entry.Length != length)
        {
            throw new RequestException(CifarFiles.WrongLength($"{archive}, {entry.Name}", length, entry.Length));
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
        data.ReadExactly(bytes);
        return bytes;
    }

    private static RequestException Damaged(string archive, string reason, Exception? cause = null)
    {
        var problem = new Problem($"The archive is damaged or truncated: {reason.TrimEnd('.')}")
        {
            Where = archive,
            Hint = "Download it again.",
        };
        return cause is null ? new RequestException(problem) : new RequestException(problem, cause);
    }
}
