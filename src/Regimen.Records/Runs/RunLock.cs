using Regimen.Files;

namespace Regimen.Runs;

/// <summary>The lock file of a run's folder. The system releases the lock when the process ends in any way; the empty file remains and has no
/// meaning without the lock.</summary>
internal static class RunLock
{
    private const string Name = ".lock";
    private const string UsingRun = "using this run";

    /// <summary>Whether the folder has a lock file, held or not.</summary>
    public static bool Exists(string folder) => File.Exists(Path.Combine(folder, Name));

    /// <summary>Takes the lock until the stream is disposed.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="use">What a process that holds it does, for the message.</param>
    /// <exception cref="RequestException">Another process holds it, or the folder can't be written to.</exception>
    public static FileStream Hold(string folder, string use = UsingRun)
    {
        try
        {
            return new FileStream(Path.Combine(folder, Name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (IsHeld(exception))
        {
            throw InUse(folder, use, exception);
        }
        catch (Exception exception) when (OutputFile.IsFault(exception))
        {
            throw new RequestException(
                new Problem($"The run's folder can't be written to: {exception.Message}") { Where = folder, Hint = "Change its permissions, or copy the run to another disk." }, exception);
        }
    }

    /// <summary>Refuses a run that another process writes to. Unlike <see cref="Hold"/> it needs no permission to write.</summary>
    /// <exception cref="RequestException">Another process holds the lock.</exception>
    public static void ThrowIfHeld(string folder)
    {
        if (!Exists(folder))
        {
            return;
        }

        try
        {
            new FileStream(Path.Combine(folder, Name), FileMode.Open, FileAccess.Read, FileShare.None).Dispose();
        }
        catch (IOException exception) when (IsHeld(exception))
        {
            throw InUse(folder, UsingRun, exception);
        }
        catch (Exception exception) when (OutputFile.IsFault(exception))
        {
            // The lock file of a folder without write permission can't be held by a process of this user.
        }
    }

    /// <summary>Whether another process holds the lock.</summary>
    public static bool IsHeld(string folder)
    {
        try
        {
            ThrowIfHeld(folder);
            return false;
        }
        catch (RequestException)
        {
            return true;
        }
    }

    private static RequestException InUse(string folder, string use, Exception reason)
        => new(new Problem($"Another process is {use}") { Where = folder, Hint = "Wait until it has ended, or stop it." }, reason);

    private static bool IsHeld(IOException exception)
    {
        const int linuxWouldBlock = 11;
        const int macWouldBlock = 35;
        const int windowsSharingViolation = unchecked((int)0x80070020);
        return exception.HResult == (OperatingSystem.IsWindows() ? windowsSharingViolation : OperatingSystem.IsMacOS() ? macWouldBlock : linuxWouldBlock);
    }
}
