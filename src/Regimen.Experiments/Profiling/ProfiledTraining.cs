using Regimen.Experiments;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Training;

namespace Regimen.Profiling;

/// <summary>Trains some steps of an experiment with its whole record, in a temporary folder, and measures where their time goes.</summary>
internal static class ProfiledTraining
{
    /// <summary>Profiles the first steps of a run. The experiment's model is trained by it.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="warmup">The number of steps before the measured ones.</param>
    /// <param name="steps">The number of steps to measure; fewer if the run has fewer.</param>
    /// <param name="environment">The machine and source code, which the record of a run has.</param>
    /// <param name="time">The time provider.</param>
    /// <param name="programObservers">Creates observers of the program; null for none.</param>
    /// <param name="cancellationToken">Ends the training after the current step.</param>
    /// <exception cref="RequestException">The run has no step after the warm-up, or the config is invalid for the model or the data.</exception>
    /// <exception cref="WorkFailedException">The training failed.</exception>
    public static StepProfile Run(
        Experiment experiment,
        long warmup,
        long steps,
        RunEnvironment environment,
        TimeProvider time,
        IReadOnlyList<Func<ObserverContext, ITrainObserver>>? programObservers = null,
        CancellationToken cancellationToken = default)
    {
        long total = experiment.Plan().TotalSteps;
        if (total <= warmup)
        {
            throw new RequestException(new Problem("The run ends before the first step to measure")
            {
                Where = "--warmup",
                Expected = $"fewer steps than the run has: at most {total - 1}",
                Received = $"{warmup}",
                Hint = "Set trainer.epochs higher, or --warmup lower.",
            });
        }

        DirectoryInfo temporary = Directory.CreateTempSubdirectory("regimen-profile-");
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var recorder = new StepRecorder(warmup, steps, time, stop.Cancel);
            experiment.Probe = recorder;
            using RunFolder folder = RunFolder.Create(temporary.FullName, experiment.Config.RunName, time);
            long start = ResidentMemory.Now;
            ResidentMemory.ResetPeak();
            experiment.Run(folder, [recorder], environment, time, programObservers, stop.Token);
            StepProfile profile = recorder.Read() with { MemoryAtStart = start, PeakMemory = ResidentMemory.Peak };
            return profile.Steps.Count > 0 || cancellationToken.IsCancellationRequested ? profile : throw new WorkFailedException(new Problem("The training ended before a step was measured")
            {
                Where = "--warmup",
                Received = $"{warmup}",
                Hint = "Set --warmup lower, or early_stopping=none.",
            });
        }
        finally
        {
            experiment.Probe = null;
            temporary.Delete(recursive: true);
        }
    }
}
