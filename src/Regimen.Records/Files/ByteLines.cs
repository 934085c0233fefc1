namespace Regimen.Files;

/// <summary>Reads the complete lines of a file of any size, also while another process writes to it. Bytes after the last line feed are an
/// incomplete line and are left out.</summary>
internal static class ByteLines
{
    /// <summary>Returns each line with its line feed, and the offset of its end.</summary>
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
