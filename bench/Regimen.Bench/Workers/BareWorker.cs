using System.Diagnostics;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Experiments;
using Regimen.Loading;
using Regimen.Optimization;

namespace Regimen.Bench.Workers;

/// <summary>Regimen's bare step on the same batches, without history, record, log or observers.</summary>
internal static class BareWorker
{
    public static int Run(WorkOptions options)
    {
        ComponentCatalog catalog = ComponentCatalog.From([typeof(BareWorker).Assembly]);
        RunConfig config = ConfigComposer.Compose(
            catalog, new ConfigRequest { WorkingDirectory = Environment.CurrentDirectory, Arguments = [.. BenchConfig.Arguments(options)] }).Config;
        using Experiment experiment = Experiment.Prepare(config, catalog);
        using DataLoader loader = DataLoader.ForTraining(experiment.Data.Train, config.Loader, experiment.Data.TrainTransforms);
        using var parameters = new FlatParameters(experiment.Model);
        using Optimizer optimizer = config.Optimizer.Options.Build(parameters);
        double lr = config.Optimizer.Options.Lr;
        int epoch = 0;
        long step = 0;
        return Worker.Answer(Worker.ThreadNote(Threads.Current), () =>
        {
            long start = Stopwatch.GetTimestamp();
            int steps = 0;
            for (int i = 0; i < options.Epochs; i++)
            {
                epoch++;
                experiment.Model.train();
                foreach (Batch batch in loader.Epoch(config.Seed!.Value, epoch).Take(options.Steps))
                {
                    TorchRandom.SeedStep(config.Seed!.Value, epoch, ++step);
                    if (!float.IsFinite(experiment.Objective.Backward(experiment.Model, batch)))
                    {
                        throw new InvalidOperationException("The loss is not finite.");
                    }

                    optimizer.Step(lr);
                    steps++;
                }
            }

            return Stopwatch.GetElapsedTime(start).TotalMicroseconds / steps;
        });
    }
}
