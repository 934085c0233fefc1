using System.Globalization;
using Regimen.Configuration;
using Regimen.Files;
using Regimen.Runs;
using Regimen.SweepFiles;

namespace Regimen.Sweeps;

/// <summary>A sweep's folder: the paths of its files, and the lock that keeps other processes from running it.</summary>
public sealed class SweepFolder : IDisposable
{
    private const string RunningSweep = "running this sweep";
    private FileStream? _lock;

    private SweepFolder(string path, FileStream? held) => (FullPath, _lock) = (path, held);

    /// <summary>The folder's absolute path.</summary>
    public string FullPath { get; }

    /// <summary>The sweep's name, as <c>2026-11-23_14-03-22_sweep-mnist-mlp</c>.</summary>
    public string Name => Path.GetFileName(FullPath);

    /// <summary>The plan and the state of each trial.</summary>
    public string RecordFile => Path.Combine(FullPath, SweepRecord.FileName);

    /// <summary>The results: a row for each trial.</summary>
    public string ResultsFile => Path.Combine(FullPath, "results.csv");

    /// <summary>Creates a new folder, named by the time and the sweep, and locks it.</summary>
    /// <param name="runs">The folder of all runs; created if it does not exist.</param>
    /// <param name="name">The end of the folder's name.</param>
    /// <param name="time">The time provider; the folder's name is in UTC.</param>
    /// <exception cref="RequestException">The folder can't be created.</exception>
    public static SweepFolder Create(string runs, string name, TimeProvider time)
    {
        string path = StampedFolder.Create(runs, $"sweep-{name}", time);
        return new SweepFolder(path, RunLock.Hold(path, RunningSweep));
    }

    /// <summary>Finds a sweep by its path, by its name in the folder of all runs, or by <c>latest</c>.</summary>
    /// <exception cref="RequestException">There is no such sweep.</exception>
    public static SweepFolder Find(string sweep, string runs, string workingDirectory)
    {
        string[] candidates = sweep == "latest"
            ? [.. Directory.Exists(runs) ? Directory.EnumerateDirectories(runs).Where(IsSweep).OrderDescending(StringComparer.Ordinal).Take(1) : []]
            : sweep.Contains('\0', StringComparison.Ordinal) ? [] : [Path.GetFullPath(sweep, workingDirectory), Path.GetFullPath(Path.Combine(runs, sweep))];
        return candidates.FirstOrDefault(IsSweep) is { } found
            ? new SweepFolder(Path.TrimEndingDirectorySeparator(found), held: null)
            : throw new RequestException(new Problem($"There is no sweep '{sweep}'")
            {
                Expected = "a sweep's folder, its name below the runs' folder, or latest",
                Received = candidates.Length == 0 ? $"no folder with a {SweepRecord.FileName} in {runs}" : $"no {SweepRecord.FileName} at {string.Join(" nor at ", candidates.Distinct())}",
            });
    }

    /// <summary>Keeps other processes from running this sweep, until this object is disposed or the process ends.</summary>
    /// <exception cref="RequestException">Another process holds it.</exception>
    public void Lock() => _lock ??= RunLock.Hold(FullPath, RunningSweep);

    /// <summary>Returns the run folder of a trial.</summary>
    public string TrialFolder(int number) => SweepRecord.TrialFolder(FullPath, number);

    /// <summary>Returns the file of a trial's config, from which its run begins.</summary>
    public string ConfigFile(int number) => Path.Combine(FullPath, "configs", $"{number.ToString("0000", CultureInfo.InvariantCulture)}.yaml");

    /// <summary>Writes the config of a trial, unless it was written before.</summary>
    /// <exception cref="WorkFailedException">It can't be written.</exception>
    public void WriteConfig(int number, RunConfig config)
    {
        string file = ConfigFile(number);
        if (!File.Exists(file))
        {
            OutputFile.Guard(file, () => Directory.CreateDirectory(Path.GetDirectoryName(file)!));
            AtomicFile.WriteAllBytes(file, System.Text.Encoding.UTF8.GetBytes(config.ToYaml()));
        }
    }

    /// <summary>Removes the folder, if nothing was recorded in it.</summary>
    public void RemoveUnlessBegun()
    {
        if (!File.Exists(RecordFile) && Directory.Exists(FullPath))
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

    private static bool IsSweep(string folder) => File.Exists(Path.Combine(folder, SweepRecord.FileName));
}
