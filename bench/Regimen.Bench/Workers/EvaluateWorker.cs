using System.Diagnostics;
using System.Globalization;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Experiments;
using Regimen.Loading;

namespace Regimen.Bench.Workers;

/// <summary>Loss and every metric on the 10,000 test images, as in <c>regimen evaluate</c> and at the end of a run.</summary>
internal static class EvaluateWorker
{
    public static int Run(WorkOptions options)
    {
        ComponentCatalog catalog = ComponentCatalog.From();
        RunConfig config = ConfigComposer.Compose(
            catalog, new ConfigRequest { WorkingDirectory = Environment.CurrentDirectory, Arguments = [.. BenchConfig.Arguments(options)] }).Config;
        using Experiment experiment = Experiment.Prepare(config, catalog);
        using DataLoader loader = experiment.EvaluationLoader("test");
        int passes = int.Parse(options.Text("passes", "1"), CultureInfo.InvariantCulture);
        return Worker.Answer(Worker.ThreadNote(Threads.Current), () =>
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < passes; i++)
            {
                EvaluationResult result = Evaluator.Evaluate(experiment.Model, experiment.Objective, loader);
                if (result.Samples != 10_000)
                {
                    throw new InvalidOperationException("Not 10,000 samples.");
                }
            }

            return Stopwatch.GetElapsedTime(start).TotalMilliseconds / passes;
        });
    }
}
