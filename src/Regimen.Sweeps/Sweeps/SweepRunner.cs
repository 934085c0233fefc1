using System.Globalization;
using Regimen.Catalog;
using Regimen.SweepFiles;

namespace Regimen.Sweeps;

/// <summary>Runs the trials of a sweep, several at a time, and keeps <c>sweep.json</c> true: after a kill at any instant, of the sweep or of a trial,
/// exactly what is missing is run.</summary>
/// <param name="catalog">The catalog of components by name.</param>
/// <param name="launcher">Runs the trials.</param>
/// <param name="observer">Is told what happens.</param>
/// <param name="time">The time provider.</param>
public sealed class SweepRunner(ComponentCatalog catalog, ITrialLauncher launcher, ISweepObserver observer, TimeProvider time)
{
    /// <summary>Records a new sweep in its folder. Nothing is trained yet.</summary>
    /// <param name="catalog">The catalog of components by name.</param>
    /// <param name="planned">The planned sweep.</param>
    /// <param name="workingDirectory">The folder that relative paths of the trials' configs start from.</param>
    /// <param name="time">The time provider.</param>
    /// <exception cref="RequestException">The folder can't be created.</exception>
    /// <exception cref="WorkFailedException">The record can't be written; the folder is removed.</exception>
    public static SweepFolder Create(ComponentCatalog catalog, PlannedSweep planned, string workingDirectory, TimeProvider time)
    {
        var folder = SweepFolder.Create(planned.Runs, planned.Name, time, SweepPurpose.Of(planned.Plan));
        try
        {
            var sweep = new SweepRecord
            {
                Name = planned.Name,
                Status = SweepStatus.Running,
                Started = time.GetUtcNow(),
                WorkingDirectory = workingDirectory,
                Plan = planned.Plan,
                Trials = planned.Trials,
            };
            TrialConfigs.Write(catalog, folder, sweep, planned.Trials);
            sweep.Write(folder.RecordFile);
            return folder;
        }
        catch
        {
            folder.RemoveUnlessBegun();
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Runs what is missing of a sweep, to its end or until a stop.</summary>
    /// <param name="folder">The sweep's folder, locked.</param>
    /// <param name="options">How it is run.</param>
    /// <param name="stop">Stops every trial with a checkpoint; the sweep can be resumed.</param>
    /// <returns>The record at the end.</returns>
    /// <exception cref="RequestException">The sweep's record is damaged, or a trial of an earlier process does not end.</exception>
    /// <exception cref="WorkFailedException">The record can't be written, or a process can't be started.</exception>
    public async Task<SweepRecord> RunAsync(SweepFolder folder, SweepRunOptions options, CancellationToken stop)
    {
        SweepRecord sweep = SweepRecord.Read(folder.RecordFile);
        CheckRevived(sweep, options);
        var running = new RunningSweep(catalog, launcher, observer, time, folder, options, sweep);
        return await running.RunAsync(stop).ConfigureAwait(false);
    }

    private static void CheckRevived(SweepRecord sweep, SweepRunOptions options)
    {
        Problem[] problems =
        [
            .. options.Revived.Where(n => sweep.Trials.All(t => t.Number != n || t.Status is not (TrialStatus.Paused or TrialStatus.Waiting or TrialStatus.Running))).Select(n => new Problem("The trial is not paused")
            {
                Where = $"--revive {n.ToString(CultureInfo.InvariantCulture)}",
                Expected = sweep.Trials.Any(t => t.Status == TrialStatus.Paused) ? $"one of {string.Join(", ", sweep.Trials.Where(t => t.Status == TrialStatus.Paused).Select(t => t.Number))}" : "a paused trial (the sweep has none)",
            }),
        ];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }
    }
}
