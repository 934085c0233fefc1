using System.Text;
using Regimen.Listing;
using Regimen.Metrics;
using Regimen.Runs;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Listing;

public sealed class RunListTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    [Fact]
    public void A_row_has_names_config_values_progress_and_labels()
    {
        string folder = MadeRuns.Make(_root, "2026-01-01_00-00-00_a", lr: 0.02, loss: 0.125);
        new RunLabels { Tags = ["x"], Note = "n" }.Write(folder);
        RunRow row = Assert.Single(RunList.Read(_root.FullPath).Rows);
        Assert.Equal(("2026-01-01_00-00-00_a", "a", folder, "finished"), (row.Name, row.ShortName, row.Folder, row.Status));
        Assert.Equal(["seed", "name", "model.name", "model.hidden", "optimizer.name", "optimizer.lr", "optimizer.betas", "rename", "early_stopping.monitor", "early_stopping.mode"], row.Config.Keys);
        Assert.Equal(("\"mlp\"", "[128]", "0.02", "null", "{}"), (row.Config["model.name"], row.Config["model.hidden"], row.Config["optimizer.lr"], row.Config["name"], row.Config["rename"]));
        Assert.Equal([new("val.loss", 0.125), new("val.accuracy", 0.9875)], row.Values);
        Assert.Equal(("val.loss", 0.125, 14L, 2), (row.Monitor, row.Best, row.Steps, row.Epochs));
        Assert.Equal(("x", "n"), (Assert.Single(row.Tags), row.Note));
    }

    [Fact]
    public void A_running_row_shows_its_latest_values_and_how_far_it_is_and_a_killed_one_that_it_is_dead()
    {
        string folder = MadeRuns.Make(_root, "a", loss: 0.5, change: m => m with { Status = RunStatus.Running, Epochs = 0, Steps = 0, Val = null, BestStep = null, Seconds = null });
        _root.Write("a/steps.f32", new byte[4 * 17]);
        RunRow killed = RunList.ReadOne(folder);
        Assert.Equal((RunRow.Killed, 2, 17L, 9.0, 0.5, 0.5), (killed.Status, killed.Epochs, killed.Steps, killed.Seconds, killed.Value("val.loss"), killed.Best));
        using RunFolder held = RunFolder.Find(folder, _root.FullPath, _root.FullPath);
        held.Lock();
        Assert.Equal(("running", true), (RunList.ReadOne(folder).Status, RunList.ReadOne(folder).IsLive));
    }

    [Theory]
    [InlineData("run.json", "{")]
    [InlineData("run.json", "")]
    [InlineData("run.json", "{\"format_version\":99}")]
    [InlineData("run.json", null)]
    public void A_damaged_folder_is_a_row_with_the_reason_and_hides_nothing(string file, string? content)
    {
        MadeRuns.Make(_root, "a");
        MadeRuns.Make(_root, "b");
        MadeRuns.Make(_root, "c");
        Damage("b", file, content);
        IReadOnlyList<RunRow> rows = RunList.Read(_root.FullPath).Rows;
        Assert.Equal(["finished", "damaged", "finished"], rows.Select(r => r.Status));
        Assert.Contains("run.json", rows[1].Damage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.yaml", "a: &x [1]\nb: *x\n")]
    [InlineData("config.yaml", "a: [1\nb: 2")]
    [InlineData("config.yaml", "- 1\n- 2\n")]
    [InlineData("config.yaml", "\"a\\nb\": 1\n")]
    [InlineData("config.yaml", null)]
    [InlineData("labels.json", "{\"tags\":[\"-x\"]}")]
    [InlineData("labels.json", "{\"tags\":null}")]
    [InlineData("labels.json", "[")]
    [InlineData("metrics.jsonl", "x\n")]
    public void A_damaged_other_file_is_told_and_the_rest_is_shown(string file, string? content)
    {
        MadeRuns.Make(_root, "a");
        Damage("a", file, content);
        RunRow row = Assert.Single(RunList.Read(_root.FullPath).Rows);
        Assert.Equal("finished", row.Status);
        Assert.Contains(file, Assert.Single(row.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_deep_and_a_large_config_are_refused_in_bounded_time()
    {
        MadeRuns.Make(_root, "a");
        _root.Write("a/config.yaml", Encoding.UTF8.GetBytes("a: " + new string('[', 40_000)));
        Assert.Empty(RunList.ReadOne(_root["a"]).Config.Keys);
        _root.Write("a/config.yaml", new byte[(1 << 20) + 1]);
        Assert.Contains("1048577 bytes", Assert.Single(RunList.ReadOne(_root["a"]).Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_that_differ_in_the_seed_alone_are_one_group_with_mean_and_deviation()
    {
        MadeRuns.Make(_root, "a", seed: 1, loss: 0.2);
        MadeRuns.Make(_root, "b", seed: 2, loss: 0.4);
        MadeRuns.Make(_root, "c", seed: 3, loss: 0.4, lr: 0.5);
        MadeRuns.Make(_root, "d", seed: 3, loss: 0.9, change: m => m with { Val = null });

        // How a run is recorded and shown does not make it another one.
        File.AppendAllText(_root["d/config.yaml"], "otlp: http://127.0.0.1:4318\ntensorboard:\n  histograms: 2\n");
        SeedGroup[] groups = [.. SeedGroup.Of(RunList.Read(_root.FullPath).Rows)];
        Assert.Equal(["abd", "c"], groups.Select(g => string.Concat(g.Rows.Select(r => r.Name))));
        Assert.Equal([1, 2, 3], groups[0].Seeds);
        Assert.Equal((0.3, 2), (Math.Round(groups[0].Value("val.loss")!.Value.Mean, 12), groups[0].Value("val.loss")!.Value.Count));
        Assert.Equal(Math.Sqrt(0.02), groups[0].Value("val.loss")!.Value.Deviation, 12);
        Assert.Null(groups[0].Value("test.loss"));
    }

    [Fact]
    public void The_best_run_is_the_completed_one_with_the_best_value_in_the_direction_of_the_metric()
    {
        MadeRuns.Make(_root, "a", loss: 0.5);
        MadeRuns.Make(_root, "b", loss: 0.25);
        MadeRuns.Make(_root, "c", loss: 0.1, change: m => m with { Status = RunStatus.Failed });
        MadeRuns.Make(_root, "d", loss: 0.75, change: m => m with { Val = new Dictionary<string, double?> { ["loss"] = 0.75, ["accuracy"] = 0.99 } });
        IReadOnlyList<RunRow> rows = RunList.Read(_root.FullPath).Rows;
        Assert.Equal(("b", "d"), (BestRun.Of(rows).Name, BestRun.Of(rows, "val.accuracy").Name));
        Assert.Contains("Did you mean `val.accuracy`?", Assert.Throws<RequestException>(() => BestRun.Of(rows, "val.accuracyy")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_directions_are_those_of_the_built_in_metrics()
        => Assert.All(MetricName.BuiltIn, m => Assert.Equal(m.Better == MonitorMode.Min, MetricDirection.IsLowerBetter($"val.{m.Name}")));

    [Fact]
    public void A_trial_of_a_sweep_is_a_row_with_the_sweeps_name_and_its_number()
    {
        MadeRuns.Make(_root, "2026-01-01_00-00-00_sweep-h/trials/0012");
        MadeRuns.Make(_root, "notasweep/trials/0001");
        _root.Write("2026-01-01_00-00-00_sweep-h/sweep.json", "{"u8);
        RunRow row = Assert.Single(RunList.Read(_root.FullPath).Rows);
        Assert.Equal(("2026-01-01_00-00-00_sweep-h/12", "sweep-h/12", "2026-01-01_00-00-00_sweep-h", 12), (row.Name, row.ShortName, row.Sweep, row.Trial));
    }

    public void Dispose() => _root.Dispose();

    private void Damage(string run, string file, string? content)
    {
        if (content is null)
        {
            File.Delete(_root[$"{run}/{file}"]);
        }
        else
        {
            File.WriteAllText(_root[$"{run}/{file}"], content);
        }
    }
}
