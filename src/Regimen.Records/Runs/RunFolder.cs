using System.Globalization;
using Regimen.Files;

namespace Regimen.Runs;

/// <summary>A run's folder: the paths of its files, and the lock that keeps other processes from writing to it.</summary>
public sealed class RunFolder : IDisposable
{
    private const string ManifestName = "run.json";
    private const string StampFormat = "yyyy-MM-dd_HH-mm-ss";
    private FileStream? _lock;

    private readonly bool _isNew;

    private RunFolder(string path, FileStream? held, bool isNew = false)
    {
        FullPath = path;
        _lock = held;
        _isNew = isNew;
    }

    /// <summary>The folder's absolute path.</summary>
    public string FullPath { get; }

    /// <summary>The name of the folder, as <c>2026-11-23_14-03-22_mnist-mlp</c>.</summary>
    public string Name => Path.GetFileName(FullPath);

    /// <summary>The config with every resolved value; training from it gives the same run.</summary>
    public string ConfigFile => Path.Combine(FullPath, "config.yaml");

    /// <summary>The manifest: what ran, where, and how it ended.</summary>
    public string ManifestFile => Path.Combine(FullPath, ManifestName);

    /// <summary>The log: text with time stamps.</summary>
    public string LogFile => Path.Combine(FullPath, "train.log");

    /// <summary>The metrics: one JSON object per pass.</summary>
    public string MetricsFile => Path.Combine(FullPath, "metrics.jsonl");

    /// <summary>The losses of all steps.</summary>
    public string StepsFile => Path.Combine(FullPath, "steps.f32");

    /// <summary>The difference of the source from its commit, if it was requested.</summary>
    public string CodePatchFile => Path.Combine(FullPath, "code.patch");

    /// <summary>The copy of the weights that the run started from, if these were not random.</summary>
    public string InitFile => Path.Combine(FullPath, "init.safetensors");

    /// <summary>The folder of the checkpoints.</summary>
    public string CheckpointsFolder => Path.Combine(FullPath, "checkpoints");

    /// <summary>Creates a new folder, named by the time and the run, and locks it.</summary>
    /// <param name="runsRoot">The folder of all runs; created if it does not exist.</param>
    /// <param name="runName">The run's name, as <c>mnist-mlp</c>.</param>
    /// <param name="time">The time provider; the folder's name is in UTC.</param>
    /// <exception cref="RequestException">The folder can't be created, or the name is not a valid folder name.</exception>
    public static RunFolder Create(string runsRoot, string runName, TimeProvider time)
    {
        if (runName.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) is var at and >= 0)
        {
            // The system would cut the name off at a NUL, or take the text before a slash for another folder.
            throw new RequestException(new Problem("The run's name is not a valid folder name")
            {
                Where = "name",
                Expected = "a name without slashes and control characters",
                Received = $"'{runName.Replace("\0", "\\0", StringComparison.Ordinal)}' with U+{(int)runName[at]:X4} at position {at + 1}",
            });
        }

        string root = Path.GetFullPath(runsRoot);
        string stamp = time.GetUtcNow().UtcDateTime.ToString(StampFormat, CultureInfo.InvariantCulture);
        try
        {
            Directory.CreateDirectory(root);
            for (int n = 1; ; n++)
            {
                string path = Path.Combine(root, n == 1 ? $"{stamp}_{runName}" : $"{stamp}_{runName}-{n}");
                if (ExclusiveFolder.TryCreate(path))
                {
                    return new RunFolder(path, RunLock.Hold(path), isNew: true);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new RequestException(
                new Problem($"The run's folder can't be created: {exception.Message}")
                {
                    Where = root,
                    Expected = "a folder that can be written to",
                    Hint = "Set runs=FOLDER to a writable folder, or change the permissions.",
                },
                exception);
        }
    }

    /// <summary>Creates and locks the folder of a new run at a given path, for a trial of a sweep.</summary>
    /// <param name="path">The folder; if it exists, it has no run.</param>
    /// <exception cref="RequestException">The folder can't be created, has a run, or is in use.</exception>
    public static RunFolder CreateAt(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception exception) when (OutputFile.IsFault(exception))
        {
            throw new RequestException(new Problem($"The run's folder can't be created: {exception.Message}") { Where = path, Expected = "a folder that can be written to" }, exception);
        }

        var folder = new RunFolder(path, RunLock.Hold(path), isNew: true);
        if (!File.Exists(folder.ManifestFile))
        {
            return folder;
        }

        folder.Dispose();
        throw new RequestException(new Problem("The folder already has a run") { Where = path, Hint = "Continue it: regimen resume RUN" });
    }

    /// <summary>Returns the folder at a path, which need not have a run.</summary>
    internal static RunFolder At(string path) => new(path, held: null);

    /// <summary>Returns every run in a folder and every trial of its sweeps, in the order of their names, damaged ones included.</summary>
    public static IReadOnlyList<RunFolder> All(string runsRoot) => [.. RunNames.Folders(Path.GetFullPath(runsRoot)).Select(d => new RunFolder(d, held: null))];

    /// <summary>Finds a run by its path, by its name in the folder of all runs, by an end of its name that no other run's name ends with, or by
    /// <c>latest</c> (the trials of sweeps do not count for it).</summary>
    /// <exception cref="RequestException">There is no such run; the message names the paths that were searched.</exception>
    public static RunFolder Find(string run, string runsRoot, string workingDirectory)
    {
        string root = Path.GetFullPath(runsRoot, workingDirectory);
        if (run == "latest")
        {
            string? latest = Directory.Exists(root)
                ? Latest(Directory.EnumerateDirectories(root).Where(d => File.Exists(Path.Combine(d, ManifestName))))
                : null;
            return latest is null
                ? throw new RequestException(new Problem("There is no run yet") { Where = root, Hint = "Train one: regimen train" })
                : new RunFolder(latest, held: null);
        }

        // No path contains NUL, and the functions for paths throw for it.
        string[] candidates = run.Contains('\0', StringComparison.Ordinal) ? [] : [Path.GetFullPath(run, workingDirectory), Path.GetFullPath(Path.Combine(root, run))];
        foreach (string candidate in candidates)
        {
            if (File.Exists(Path.Combine(candidate, ManifestName)))
            {
                return new RunFolder(Path.TrimEndingDirectorySeparator(candidate), held: null);
            }
        }

        if (FindByEnd(run, root) is { } found)
        {
            return new RunFolder(found, held: null);
        }

        throw new RequestException(new Problem($"There is no run '{run}'")
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

    /// <summary>Keeps other processes from writing to this run, until this object is disposed or the process ends.</summary>
    /// <exception cref="RequestException">Another process holds it.</exception>
    public void Lock() => _lock ??= RunLock.Hold(FullPath);

    /// <summary>Whether a process writes to this run at the moment.</summary>
    public bool IsInUse
    {
        get
        {
            try
            {
                ThrowIfInUse();
                return _lock is not null;
            }
            catch (RequestException)
            {
                return true;
            }
        }
    }

    /// <summary>Refuses a run that another process writes to. Unlike <see cref="Lock"/> it needs no permission to write.</summary>
    /// <exception cref="RequestException">Another process holds it.</exception>
    public void ThrowIfInUse()
    {
        if (_lock is null)
        {
            RunLock.ThrowIfHeld(FullPath);
        }
    }

    /// <summary>Fails if the folder was removed during the run, because what is written to its open files would be lost.</summary>
    /// <exception cref="WorkFailedException">The folder no longer exists.</exception>
    internal void ThrowIfGone()
    {
        if (_lock is not null && !RunLock.Exists(FullPath) && !File.Exists(ManifestFile))
        {
            throw new WorkFailedException(new Problem("The run's folder was removed or moved during the run")
            {
                Where = FullPath,
                Hint = "Train again; leave the folder where it is until the run has ended.",
            });
        }
    }

    /// <summary>Removes a folder that this object created, if the run has not begun: without a manifest there is nothing to resume or to show.
    /// Any other folder is kept.</summary>
    public void RemoveUnlessBegun()
    {
        if (!_isNew || File.Exists(ManifestFile) || !Directory.Exists(FullPath))
        {
            return;
        }

        Dispose();
        try
        {
            Directory.Delete(FullPath, recursive: true);
        }
        catch (Exception exception) when (OutputFile.IsFault(exception))
        {
            // The caller reports the failure that ended the run. A folder without a manifest is not listed as a run.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lock?.Dispose();
        _lock = null;
    }

    /// <summary>Returns the run that started last; among runs that started at the same instant, the one with the highest number in its name.</summary>
    private static string? Latest(IEnumerable<string> runs) => runs.OrderBy(Started).ThenBy(NumberSuffix).ThenBy(r => r, StringComparer.Ordinal).LastOrDefault();

    private static DateTimeOffset Started(string run)
    {
        try
        {
            return RunManifest.Read(Path.Combine(run, ManifestName)).Started;
        }
        catch (RequestException)
        {
            // A damaged run must not hide the others; its name still contains its start time.
            ReadOnlySpan<char> name = Path.GetFileName(run.AsSpan());
            return DateTimeOffset.TryParseExact(
                name[..Math.Min(name.Length, StampFormat.Length)], StampFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset stamp) ? stamp : DateTimeOffset.MinValue;
        }
    }

    private static long NumberSuffix(string run)
        => long.TryParse(run.AsSpan(run.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : 1;
}
