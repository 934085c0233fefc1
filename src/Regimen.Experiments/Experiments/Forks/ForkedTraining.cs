using Regimen.Files;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Training;

namespace Regimen.Experiments;

/// <summary>Trains a fork: a new run that starts from a checkpoint of another run.</summary>
internal static class ForkedTraining
{
    /// <summary>Writes the beginning of the new run into its folder, trains on from there, and records the run.</summary>
    /// <param name="experiment">The experiment of the fork's config.</param>
    /// <param name="folder">The folder of the new run; it is removed if the training does not begin.</param>
    /// <param name="from">The parent, its checkpoint and the changes.</param>
    /// <param name="observers">The observers, in addition to the record.</param>
    /// <param name="environment">The machine and source code to record.</param>
    /// <param name="time">The time provider.</param>
    /// <param name="programObservers">Creates observers of the program; their failure does not end the run. Null for none.</param>
    /// <param name="cancellationToken">Ends the training after the current step, with a checkpoint.</param>
    /// <exception cref="RequestException">The optimizer's state does not fit; no step was taken and no folder is left.</exception>
    /// <exception cref="WorkFailedException">The training failed; the failure is recorded.</exception>
    public static RunOutcome Fork(
        this Experiment experiment,
        RunFolder folder,
        ForkRequest from,
        IReadOnlyList<ITrainObserver> observers,
        RunEnvironment environment,
        TimeProvider time,
        IReadOnlyList<Func<ObserverContext, ITrainObserver>>? programObservers = null,
        CancellationToken cancellationToken = default)
    {
        var start = new StartWatch();
        try
        {
            var origin = ForkOrigin.Copy(from, from.Changed(experiment), folder);
            CheckpointEntry checkpoint = origin.Begin(folder, ModelMetadata.Of(experiment));
            if (from.Manifest.Init is not null)
            {
                OutputFile.Guard(folder.InitFile, () => File.Copy(from.Parent.InitFile, folder.InitFile));
            }

            RunManifest manifest = RecordedTraining.Manifest(experiment, environment, time) with
            {
                // The relative paths in the parent's config start there.
                WorkingDirectory = from.Manifest.WorkingDirectory ?? Environment.CurrentDirectory,
                DataFingerprint = from.Manifest.DataFingerprint,
                Init = from.Manifest.Init,
                Fork = origin.Record,
            };
            using ResumePoint point = origin.Point(from.NeedsBest);
            var continuation = new RunContinuation(null, checkpoint, point.History, point.SecondsSoFar, [$"forked from {origin.Record}", .. from.Notes(environment)]);
            var sinks = new RunSinks(experiment);
            using RunRecord recorder = RecordedTraining.Recorder(experiment, folder, manifest, sinks, time, continuation);
            if (environment.CodePatch is { } patch)
            {
                AtomicFile.WriteAllBytes(folder.CodePatchFile, patch);
            }

            return RecordedTraining.Train(experiment, folder, recorder, sinks, [start, .. observers], programObservers ?? [], time, point, cancellationToken);
        }
        catch when (!start.HasBegun)
        {
            folder.RemoveNew();
            throw;
        }
    }

    /// <summary>Observes whether the training has begun: before that, the folder has nothing that its parent does not have.</summary>
    private sealed class StartWatch : ITrainObserver
    {
        public bool HasBegun { get; private set; }

        public void Observe(TrainEvent trainEvent) => HasBegun |= trainEvent is TrainEvent.Started;
    }
}
