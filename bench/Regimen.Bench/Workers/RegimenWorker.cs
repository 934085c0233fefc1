using System.Diagnostics;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Experiments;
using Regimen.Ranks;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Training;

namespace Regimen.Bench.Workers;

/// <summary>Regimen with all features: metrics, log, the loss of every step, TensorBoard, a checkpoint per epoch; or, with
/// <c>record=none</c>, without them. One long training that waits between epochs for the next request.</summary>
internal static class RegimenWorker
{
    public static int Run(WorkOptions options)
    {
        DirectoryInfo runs = Directory.CreateTempSubdirectory("regimen-bench");
        try
        {
            ComponentCatalog catalog = ComponentCatalog.From([typeof(RegimenWorker).Assembly]);
            RunConfig config = ConfigComposer.Compose(catalog, new ConfigRequest
            {
                WorkingDirectory = Environment.CurrentDirectory,
                Arguments = [.. BenchConfig.Arguments(options)],
            }).Config;
            using RankGroup? ranks = RankGroup.FromLauncher();
            using Experiment experiment = Experiment.Prepare(config, catalog, downloader: null, ranks, CancellationToken.None);
            if (ranks is { Rank: > 0 })
            {
                experiment.Train([], TimeProvider.System);
                ranks.End();
                return 0;
            }

            using RunFolder folder = RunFolder.Create(runs.FullName, experiment.Config.RunName, TimeProvider.System);
            using var waiting = new WaitsBetweenEpochs(options, experiment.Threads);
            if (options.Text("record", "all") == "none")
            {
                experiment.Train([waiting], TimeProvider.System, waiting.Token);
                ranks?.End();
                return 0;
            }

            RunEnvironment environment = RunEnvironment.OfProcess(git: null);
            experiment.Run(folder, [waiting], environment, TimeProvider.System, cancellationToken: waiting.Token);
            return 0;
        }
        finally
        {
            runs.Delete(recursive: true);
        }
    }

    /// <summary>Continues the training at the next request, and returns the microseconds per step, or megabytes.</summary>
    private sealed class WaitsBetweenEpochs(WorkOptions options, int threads) : ITrainObserver, IDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly bool _memory = options.Text("measure", "time") == "memory";
        private long _start;
        private long _firstStep;

        public CancellationToken Token => _end.Token;

        public void Observe(TrainEvent trainEvent)
        {
            switch (trainEvent)
            {
                case TrainEvent.Started:
                    Worker.Say($"ready {Worker.ThreadNote(threads)}");
                    WaitForNext(0);
                    break;
                case TrainEvent.EpochEnded ended when ended.State.At.Epoch % options.Epochs == 0:
                    long step = ended.State.At.Step;
                    Worker.Say(_memory ? ResidentMegabytes() : Stopwatch.GetElapsedTime(_start).TotalMicroseconds / (step - _firstStep));
                    WaitForNext(step);
                    break;
            }
        }

        public void Dispose() => _end.Dispose();

        private static double ResidentMegabytes()
        {
            using Process process = Process.GetCurrentProcess();
            return process.WorkingSet64 / 1e6;
        }

        private void WaitForNext(long step)
        {
            if (!Worker.IsAsked())
            {
                _end.Cancel();
            }

            (_start, _firstStep) = (Stopwatch.GetTimestamp(), step);
        }
    }
}
