using System.Globalization;

namespace Regimen.Runs;

/// <summary>Finds the folder of a run by what a user calls it.</summary>
internal static class RunFinder
{
    /// <summary>Finds a run by its path, by its name in the folder of all runs, by an end of its name that no other run's name ends with, or by
    /// <c>latest</c> (the trials of sweeps do not count for it).</summary>
    /// <param name="run">The path, name or end of a name.</param>
    /// <param name="root">The folder of all runs, absolute.</param>
    /// <param name="workingDirectory">The folder that a relative path starts from.</param>
    /// <exception cref="RequestException">There is no such run; the message names the paths that were searched.</exception>
    public static string Find(string run, string root, string workingDirectory)
    {
        if (run == RunNames.Latest)
        {
            string? latest = Directory.Exists(root)
                ? Latest(Directory.EnumerateDirectories(root).Where(d => File.Exists(Path.Combine(d, RunFolder.ManifestName))))
                : null;
            return latest ?? throw new RequestException(new Problem("There is no run yet") { Where = root, Hint = "Train one: regimen train" });
        }

        // No path contains NUL, and the functions for paths throw for it.
        string[] candidates = run.Contains('\0', StringComparison.Ordinal) ? [] : [Path.GetFullPath(run, workingDirectory), Path.GetFullPath(Path.Combine(root, run))];
        foreach (string candidate in candidates)
        {
            if (File.Exists(Path.Combine(candidate, RunFolder.ManifestName)))
            {
                return Path.TrimEndingDirectorySeparator(candidate);
            }
        }

        return FindByEnd(run, root) ?? throw new RequestException(new Problem($"There is no run '{run}'")
        {
            Expected = "a run's folder, its name below the runs' folder, a unique end of the name, or latest",
            Received = $"no run.json at {string.Join(" nor at ", candidates.Distinct())}",
        });
    }

    /// <summary>Returns the folder of the only run whose name ends with a text; null if there is none.</summary>
    /// <exception cref="RequestException">Several names end with it.</exception>
    private static string? FindByEnd(string end, string root)
    {
        ILookup<string, string> folders = RunNames.Folders(root).ToLookup(RunNames.Of);
        string[] names = [.. new RunNames(folders.Select(f => f.Key)).Matching(end)];
        const int most = 5;
        return names.Length <= 1
            ? names.SelectMany(n => folders[n]).FirstOrDefault()
            : throw new RequestException(new Problem($"{names.Length} runs have a name that ends with '{end}'")
            {
                Where = root,
                Expected = $"a longer end, as one of {string.Join(", ", names.Take(most))}{(names.Length > most ? ", …" : string.Empty)}",
                Received = end,
            });
    }

    /// <summary>Returns the run that started last; among runs that started at the same instant, the one with the highest number in its name.</summary>
    private static string? Latest(IEnumerable<string> runs) => runs.OrderBy(Started).ThenBy(NumberSuffix).ThenBy(r => r, StringComparer.Ordinal).LastOrDefault();

    private static DateTimeOffset Started(string run)
    {
        try
        {
            return RunManifest.Read(Path.Combine(run, RunFolder.ManifestName)).Started;
        }
        catch (RequestException)
        {
            // A damaged run must not hide the others; its name still contains its start time.
            return StampedFolder.TimeOf(Path.GetFileName(run)) ?? DateTimeOffset.MinValue;
        }
    }

    private static long NumberSuffix(string run)
        => long.TryParse(run.AsSpan(run.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : 1;
}
