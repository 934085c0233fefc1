using Regimen.Files;

namespace Regimen.Runs;

/// <summary>A run's folder: the paths of its files, and the lock that keeps other processes from writing to it.</summary>
public sealed class RunFolder : IDisposable
{
    internal const string ManifestName = "run.json";
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

    /// <summary>The copy of what a forked run started from.</summary>
    public string ForkFolder => Path.Combine(FullPath, "fork");

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

        string path = StampedFolder.Create(runsRoot, runName, time);
        return new RunFolder(path, RunLock.Hold(path), isNew: true);
    }

    /// <summary>Creates and locks the folder of a new run at a given path, for a trial of a sweep.</summary>
    /// <param name="path">The folder; if it exists, it has no run.</param>
    /// <exception cref="RequestException">The folder can't be created, has a run, or is in use.</exception>
    public static RunFolder CreateAt(string path)
    {
        // One that was there has the files of the job that trains the run.
        bool isNew = !Directory.Exists(path);
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception exception) when (OutputFile.IsFault(exception))
        {
            throw new RequestException(new Problem($"The run's folder can't be created: {exception.Message}") { Where = path, Expected = "a folder that can be written to" }, exception);
        }

        var folder = new RunFolder(path, RunLock.Hold(path), isNew);
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
    public static RunFolder Find(string run, string runsRoot, string workingDirectory) => new(RunFinder.Find(run, Path.GetFullPath(runsRoot, workingDirectory), workingDirectory), held: null);

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
        StampedFolder.Remove(FullPath);
    }

    /// <summary>Removes a folder that this object created, with all that is in it. Any other folder is kept.</summary>
    internal void RemoveNew()
    {
        if (_isNew && Directory.Exists(FullPath))
        {
            Dispose();
            StampedFolder.Remove(FullPath);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lock?.Dispose();
        _lock = null;
    }
}
