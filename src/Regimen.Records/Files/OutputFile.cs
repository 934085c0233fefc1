namespace Regimen.Files;

/// <summary>Turns what goes wrong while a run writes its files into words: which file, and what failed.</summary>
internal static class OutputFile
{
    private const int UnixNoSpace = 28;
    private const int WindowsNoSpace = 112;

    /// <summary>Does something that writes <paramref name="path"/>.</summary>
    /// <exception cref="WorkFailedException">The system refused: a full disk, no permission, a device that fails.</exception>
    public static void Guard(string path, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (IsFault(e))
        {
            throw Failed(path, e);
        }
    }

    /// <summary>Does something that writes <paramref name="path"/> and gives a result.</summary>
    /// <exception cref="WorkFailedException">The system refused: a full disk, no permission, a device that fails.</exception>
    public static T Guard<T>(string path, Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception e) when (IsFault(e))
        {
            throw Failed(path, e);
        }
    }

    /// <summary>Whether it is the system that refused, not a mistake of ours.</summary>
    public static bool IsFault(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <summary>Whether the disk has no room left.</summary>
    public static bool IsDiskFull(Exception e)
        => (e.HResult & 0xFFFF) is UnixNoSpace or WindowsNoSpace || e.Message.Contains("No space left", StringComparison.Ordinal);

    /// <summary>The system's reason for which a file could not be written.</summary>
    public static WorkFailedException Failed(string path, Exception reason)
    {
        bool full = IsDiskFull(reason);
        return new WorkFailedException(
            new Problem($"The file could not be written: {reason.Message}")
            {
                Where = path,
                Hint = full ? "Free space on that disk, then resume the run." : "Check the folder's permissions and its disk, then resume the run.",
            },
            reason);
    }
}
