namespace Regimen.Files;

/// <summary>Turns errors while a run's files are written into messages: which file, and what failed.</summary>
internal static class OutputFile
{
    private const int UnixNoSpace = 28;
    private const int WindowsNoSpace = 112;

    /// <summary>Calls a function that writes <paramref name="path"/>.</summary>
    /// <exception cref="WorkFailedException">The write failed: a full disk, no permission, a failing device.</exception>
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

    /// <summary>Calls a function that writes <paramref name="path"/>, and returns its result.</summary>
    /// <exception cref="WorkFailedException">The write failed: a full disk, no permission, a failing device.</exception>
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

    /// <summary>Whether the exception comes from the system and not from a programming error.</summary>
    public static bool IsFault(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <summary>Whether the disk is full.</summary>
    public static bool IsDiskFull(Exception e)
        => (e.HResult & 0xFFFF) is UnixNoSpace or WindowsNoSpace || e.Message.Contains("No space left", StringComparison.Ordinal);

    /// <summary>Returns the exception for a file that can't be written, with the system's reason.</summary>
    public static WorkFailedException Failed(string path, Exception reason)
    {
        bool full = IsDiskFull(reason);
        return new WorkFailedException(
            new Problem($"The file can't be written: {reason.Message}")
            {
                Where = path,
                Hint = full ? "Free space on that disk, then resume the run." : "Check the folder's permissions and its disk, then resume the run.",
            },
            reason);
    }
}
