using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Experiments;
using Regimen.Recording;
using Regimen.Runs;

namespace Regimen.Bench.Workers;

/// <summary>The default run with its whole record, once for each request: with <c>tracked=none</c> without TensorBoard, with <c>tracked=all</c> with
/// everything on.</summary>
internal static class TrackingWorker
{
    public static int Run(WorkOptions options)
    {
        ComponentCatalog catalog = ComponentCatalog.From();
        string tracked = options.Text("tracked", "default");
        return Worker.Answer(string.Empty, () =>
        {
            DirectoryInfo runs = Directory.CreateTempSubdirectory("regimen-bench");
            try
            {
                RunConfig config = ConfigComposer.Compose(catalog, new ConfigRequest
                {
                    WorkingDirectory = Environment.CurrentDirectory,
                    Arguments = [$"runs={runs.FullName}", "threads=1", .. tracked == "all" ? [$"otlp={options.Text("otlp", "")}", "tensorboard.histograms=5"] : Array.Empty<string>(), .. options.Text("more", "").Split(' ', StringSplitOptions.RemoveEmptyEntries)],
                }).Config;
                TimeSpan start = Environment.CpuUsage.TotalTime;
                using Experiment experiment = Experiment.Prepare(config, catalog);
                experiment.IsTracked = tracked != "none";
                using RunFolder folder = RunFolder.Create(runs.FullName, experiment.Config.RunName, TimeProvider.System);
                experiment.Run(folder, [], RunEnvironment.OfProcess(git: null), TimeProvider.System);
                return (Environment.CpuUsage.TotalTime - start).TotalMilliseconds;
            }
            finally
            {
                runs.Delete(recursive: true);
            }
        });
    }
}
