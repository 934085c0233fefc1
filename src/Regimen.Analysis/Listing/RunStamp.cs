using System.Buffers.Binary;

namespace Regimen.Listing;

/// <summary>The times and sizes of the files that a row is read from. While they are the same, the row is.</summary>
internal static class RunStamp
{
    private static readonly string[] Files = ["run.json", "config.yaml", "metrics.jsonl", "labels.json"];

    /// <summary>A file that was written this shortly ago may be written again without a new time: file systems have coarse clocks.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);

    /// <summary>Returns a folder's stamp, and whether it may be trusted later.</summary>
    public static (byte[] Stamp, bool IsSettled) Of(string folder, DateTimeOffset now)
    {
        var stamp = new byte[Files.Length * 2 * sizeof(long)];
        DateTime latest = DateTime.MinValue;
        for (int i = 0; i < Files.Length; i++)
        {
            var file = new FileInfo(Path.Combine(folder, Files[i]));
            if (file.Exists)
            {
                latest = file.LastWriteTimeUtc > latest ? file.LastWriteTimeUtc : latest;
                BinaryPrimitives.WriteInt64LittleEndian(stamp.AsSpan(16 * i), file.LastWriteTimeUtc.Ticks);
                BinaryPrimitives.WriteInt64LittleEndian(stamp.AsSpan((16 * i) + 8), file.Length);
            }
        }

        return (stamp, latest < now.UtcDateTime - Fresh);
    }
}
