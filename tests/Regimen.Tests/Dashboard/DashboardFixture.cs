using Regimen.Dashboard;
using Regimen.Runs;
using Regimen.SweepFiles;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Dashboard;

/// <summary>A folder of runs with a dashboard: a perceptron trained on the MNIST of the repository, runs that were made, a sweep, a run with a
/// hostile name.</summary>
public sealed class DashboardFixture : IAsyncLifetime
{
    /// <summary>The name of a run that would be markup.</summary>
    public const string Hostile = "2026-10-01_<img src=x onerror=document.title='broken'>";

    /// <summary>The name of a sweep.</summary>
    public const string Sweep = "2026-10-05_sweep-lr";

    /// <summary>The number of steps of the long runs.</summary>
    public const int Steps = 20_011;

    private readonly TemporaryFolder _folder = new();
    private DashboardServer? _server;

    public string Address => _server!.Address;

    /// <summary>The name of the trained run.</summary>
    public string Trained { get; private set; } = string.Empty;

    /// <summary>The number of runs, trials included.</summary>
    public int Count { get; private set; } = 9;

    /// <summary>The folder of all runs.</summary>
    public string Runs => _folder.FullPath;

    public async ValueTask InitializeAsync()
    {
        using (var project = new ProjectFolder())
        {
            project.Do("train", $"runs={_folder.FullPath}", $"data.root={Path.Combine(Repository.Root, "data", "mnist")}", "model.hidden=64", "trainer.epochs=2", "threads=1").Ends(0);
        }

        Trained = Path.GetFileName(Directory.GetDirectories(_folder.FullPath).Single());
        MadeRuns.Make(_folder, Hostile, loss: 0.9, change: m => m with { Model = "<script>document.title='broken'</script>" });
        foreach ((string name, ulong seed, double lr) in ((string, ulong, double)[])[("2026-10-02_long-a", 1, 0.1), ("2026-10-03_long-b", 2, 0.1), ("2026-10-04_live", 1, 0.5)])
        {
            string run = MadeRuns.Make(_folder, name, lr, seed, loss: 0.25 + (0.125 * seed));
            byte[] losses = new byte[sizeof(float) * Steps];
            for (int i = 0; i < Steps; i++)
            {
                BitConverter.TryWriteBytes(losses.AsSpan(sizeof(float) * i), (float)((2.0 / (1 + (i / 500.0))) + (0.1 * Math.Sin(i * (double)seed))));
            }

            await File.WriteAllBytesAsync(Path.Combine(run, "steps.f32"), losses);
        }

        MakeSweep();
        _server = await DashboardServer.StartAsync(new() { Runs = _folder.FullPath, Port = 0 });
    }

    /// <summary>Makes a sweep of two points with two seeds each.</summary>
    private void MakeSweep()
    {
        var trials = new List<TrialRecord>();
        foreach ((int number, double lr, ulong seed, double loss) in ((int, double, ulong, double)[])[(1, 0.1, 1, 0.5), (2, 0.1, 2, 0.75), (3, 0.01, 1, 0.25), (4, 0.01, 2, 0.375)])
        {
            MadeRuns.Make(_folder, $"{Sweep}/trials/{number:0000}", lr, seed, loss);
            trials.Add(new TrialRecord { Number = number, Point = (number + 1) / 2, Params = new Dictionary<string, string> { ["optimizer.lr"] = FormattableString.Invariant($"{lr}") }, Seed = seed, Status = TrialStatus.Finished, Epochs = 2, Steps = 14, Value = loss });
        }

        new SweepRecord
        {
            Name = "lr",
            Status = SweepStatus.Finished,
            Started = StoppedClock.AtNoon.GetUtcNow(),
            WorkingDirectory = _folder.FullPath,
            Plan = new SweepPlan
            {
                Axes = [new SweepAxis("optimizer.lr", SweepAxisKind.Choice, ["0.1", "0.01"], 0, 0, 0)],
                Search = "grid",
                Points = 2,
                SearchSeed = 1,
                Seeds = [1, 2],
                Lag = 4,
                Cores = 1,
                Metric = "val.loss",
                Mode = "min",
                OnFailure = "skip",
            },
            Trials = trials,
        }.Write(_folder[$"{Sweep}/{SweepRecord.FileName}"]);
    }

    /// <summary>Adds a row to a run's metrics.</summary>
    public void Append(string run, int epoch, double loss) => File.AppendAllText(
        Path.Combine(_folder[run], "metrics.jsonl"),
        FormattableString.Invariant($$"""{"epoch":{{epoch}},"step":{{7 * epoch}},"split":"val","loss":{{loss:R}},"accuracy":0.5,"samples":9,"seconds":0.5}""") + "\n");

    /// <summary>Makes a run that is half through its steps, and holds its lock until the result is disposed.</summary>
    public IDisposable Begin(string run)
    {
        string folder = MadeRuns.Make(_folder, run, change: m => m with { Status = RunStatus.Running, Val = null });
        File.WriteAllBytes(Path.Combine(folder, "steps.f32"), new byte[4 * 7]);
        RunFolder held = RunFolder.Find(run, _folder.FullPath, _folder.FullPath);
        held.Lock();
        Count++;
        return held;
    }

    /// <summary>Reads the tags of a run.</summary>
    public IReadOnlyList<string> Tags(string run) => RunLabels.Read(_folder[run]).Tags;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _folder.Dispose();
    }
}
