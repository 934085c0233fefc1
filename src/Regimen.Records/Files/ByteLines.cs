namespace Regimen.Files;

/// <summary>The whole lines of a file that may be longer than memory, and that another process may be writing: what stands behind the last
/// line feed is not a line yet.</summary>
internal static class ByteLines
{
    /// <summary>Each line with its line feed, and the offset behind it.</summary>
    public static IEnumerable<(long End, byte[] Line)> Of(Stream file)
    {
        var buffer = new byte[1 << 16];
        using var line = new MemoryStream();
        long end = 0;
        for (int read = file.Read(buffer); read > 0; read = file.Read(buffer))
        {
            for (int from = 0; from < read;)
            {
                int at = Array.IndexOf(buffer, (byte)'\n', from, read - from);
                int to = at < 0 ? read : at + 1;
                line.Write(buffer, from, to - from);
                from = to;
                if (at >= 0)
                {
                    end += line.Length;
                    yield return (end, line.ToArray());
                    line.SetLength(0);
                }
            }
        }
    }
}
