namespace Regimen.Files;

/// <summary>Limits the memory that the description of a file's content (a header, a directory, a pickle) may take: twice the file's size and
/// 1 MiB. A small file can otherwise describe a content that fills the memory.</summary>
/// <param name="path">The file, for the error.</param>
/// <param name="fileLength">Its size in bytes.</param>
internal sealed class ReadBudget(string path, long fileLength)
{
    private const long Slack = 1 << 20;
    private long _left = fileLength > (long.MaxValue - Slack) / 2 ? long.MaxValue : (2 * fileLength) + Slack;

    /// <summary>Reserves memory before it is allocated.</summary>
    /// <param name="bytes">The estimated number of bytes.</param>
    /// <exception cref="RequestException">The budget is exceeded.</exception>
    public void Take(long bytes)
    {
        if (bytes < 0 || bytes > _left)
        {
            throw new RequestException(new Problem("The file is damaged: its description would take more than twice the file's size in memory")
            {
                Where = path,
                Expected = "a description that is in proportion to the file",
                Received = $"a file of {fileLength} bytes",
            });
        }

        _left -= bytes;
    }

    /// <summary>Reserves the memory of a string.</summary>
    public void TakeText(long characters) => Take((2 * characters) + 24);
}
