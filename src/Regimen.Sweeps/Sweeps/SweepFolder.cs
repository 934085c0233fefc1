using System.Globalization;
using Regimen.Configuration;
using Regimen.Files;
using Regimen.Runs;
using Regimen.SweepFiles;

namespace Regimen.Sweeps;

/// <summary>A sweep's folder: the paths of its files, and the lock that keeps other processes from running it.</summary>
public sealed class SweepFolder : IDisposable
{
    private readonly SweepPurpose _purpose;
    private FileStream? _lock;

    private SweepFolder(string path, SweepPurpose purpose, bool isNew)
    {
        FullPath = path;
        _purpose = purpose;
        if (isNew)
        {
            Lock();
        }
    }

    /// <summary>The folder's absolute path.</summary>
    public string FullPath { get; }

    /// <summary>The sweep's name, as <c>2026-11-23_14-03-22_sweep-mnist-mlp</c>.</summary>
    public string Name => Path.GetFileName(FullPath);

    /// <summary>The plan and the state of each trial.</summary>
    public string RecordFile => Path.Combine(FullPath, _purpose.RecordName);

    /// <summary>The results: a row for each trial.</summary>
    public string ResultsFile => Path.Combine(FullPath, "results.csv");

    /// <summary>Creates a new folder, named by the time and the sweep, and locks it.</summary>
    /// <param name="runs">The folder of all runs; created if it does not exist.</param>
    /// <param name="name">The end of the folder's name.</param>
    /// <param name="time">The time provider; the folder's name is in UTC.</param>
    /// <exception cref="RequestException">The folder can't be created.</exception>
    public static SweepFolder Create(string runs, string name, TimeProvider time) => Create(runs, name, time, SweepPurpose.Search);

    /// <summary>Finds a sweep by its path, by its name in the folder of all runs, or by <c>latest</c>.</summary>
    /// <exception cref="RequestException">There is no such sweep.</exception>
    public static SweepFolder Find(string sweep, string runs, string workingDirectory) => Find(sweep, runs, workingDirectory, SweepPurpose.Search);

    /// <inheritdoc cref="Create(string, string, TimeProvider)"/>
    internal static SweepFolder Create(string runs, string name, TimeProvider time, SweepPurpose purpose)
        => new(StampedFolder.Create(runs, $"{purpose.Prefix}-{name}", time), purpose, isNew: true);

    /// <inheritdoc cref="Find(string, string, string)"/>
    internal static SweepFolder Find(string sweep, string runs, string workingDirectory, SweepPurpose purpose)
    {
        string[] candidates = sweep == "latest"
            ? [.. Directory.Exists(runs) ? Directory.EnumerateDirectories(runs).Where(IsOne).OrderDescending(StringComparer.Ordinal).Take(1) : []]
            : sweep.Contains('\0', StringComparison.Ordinal) ? [] : [Path.GetFullPath(sweep, workingDirectory), Path.GetFullPath(Path.Combine(runs, sweep))];
        return candidates.FirstOrDefault(IsOne) is { } found
            ? new SweepFolder(Path.TrimEndingDirectorySeparator(found), purpose, isNew: false)
            : throw new RequestException(new Problem($"There is no {purpose.Name} '{sweep}'")
            {
                Expected = $"a {purpose.Name}'s folder, its name below the runs' folder, or latest",
                Received = candidates.Length == 0 ? $"no folder with a {purpose.RecordName} in {runs}" : $"no {purpose.RecordName} at {string.Join(" nor at ", candidates.Distinct())}",
            });

        bool IsOne(string folder) => File.Exists(Path.Combine(folder, purpose.RecordName));
    }

    /// <summary>Keeps other processes from running this sweep, until this object is disposed or the process ends.</summary>
    /// <exception cref="RequestException">Another process holds it.</exception>
    public void Lock() => _lock ??= RunLock.Hold(FullPath, $"running this {_purpose.Name}");

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
            AtomicFile.WriteAllBytes(file, System.Text.Encoding.UTF8.GetBytes(RunConfigWriter.ToYamlOfBeginning(config)));
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
}
