using Regimen.Runs;

namespace Regimen.Listing;

/// <summary>Decides which runs a pruning removes, and removes a run's folder.</summary>
internal static class RunPruning
{
    /// <summary>The beginning of the name that a folder has while it is deleted. Folders with a dot in front are no runs.</summary>
    private const string Leaving = ".pruned-";

    /// <summary>Returns why a run is kept; null if it may be removed.</summary>
    /// <param name="row">The run.</param>
    /// <param name="root">The folder of all runs.</param>
    /// <param name="alsoTagged">Whether runs with tags may be removed.</param>
    public static string? WhyKept(RunRow row, string root, bool alsoTagged)
        => Path.GetDirectoryName(row.Folder) != Path.TrimEndingDirectorySeparator(root) ? row.Sweep is null ? "it is not in the runs' folder" : "it is a trial of a sweep"
        : new DirectoryInfo(row.Folder).LinkTarget is not null ? "its folder is a link"
        : row.IsLive || RunLock.IsHeld(row.Folder) ? "a process is using it"
        : row.Tags.Count > 0 && !alsoTagged ? $"it is tagged {string.Join(", ", row.Tags)}"
        : row.Problems.Any(p => p.Contains(RunLabels.FileName, StringComparison.Ordinal)) && !alsoTagged ? "its tags can't be read"
        : null;

    /// <summary>Returns the size of a run's folder in bytes. Links are not followed.</summary>
    public static long SizeOf(string folder)
        => new DirectoryInfo(folder).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true }).Sum(f => f.Length);

    /// <summary>Removes a run's folder: it disappears from the list at once, even if deleting its files is interrupted. Links in it are deleted, not
    /// followed.</summary>
    /// <exception cref="RequestException">Another process has begun to use it.</exception>
    /// <exception cref="WorkFailedException">It can't be removed.</exception>
    public static void Remove(string folder)
    {
        string leaving = Path.Combine(Path.GetDirectoryName(folder)!, Leaving + Path.GetFileName(folder));
        try
        {
            using (FileStream held = RunLock.Hold(folder))
            {
                if (OperatingSystem.IsWindows())
                {
                    // Windows does not rename a folder with an open file.
                    held.Dispose();
                }

                Directory.Move(folder, leaving);
            }

            Directory.Delete(leaving, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new WorkFailedException(new Problem($"The run can't be removed: {exception.Message}") { Where = folder }, exception);
        }
    }

    /// <summary>Removes what an interrupted pruning has left.</summary>
    public static void RemoveLeftovers(string root)
    {
        foreach (string folder in Directory.GetDirectories(root, Leaving + "*").Where(f => new DirectoryInfo(f).LinkTarget is null))
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The next pruning tries again; no list shows it.
            }
        }
    }
}
