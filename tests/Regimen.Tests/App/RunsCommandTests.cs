using System.Text.Json.Nodes;
using Regimen.Runs;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

public sealed class RunsCommandTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void Every_run_is_a_line_sorted_by_the_given_value()
    {
        _project.Train("name=a", "model.hidden=2").Ends(0);
        _project.Train("name=b", "model.hidden=32").Ends(0);
        CommandOutput table = _project.Do("runs").Ends(0);
        Assert.Equal(["run", "status", "epochs", "best", "val", "loss"], table.Lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)[..6]);
        Assert.Equal(3, table.Lines.Length);
        Assert.Equal("b", table.Lines[2].Split(' ')[0]);

        JsonArray best = _project.Do("runs", "--sort", "val.accuracy", "--descending", "--json").Ends(0).Json.AsArray();
        Assert.Equal(["_b", "_a"], best.Select(r => ((string)r!["run"]!)[^2..]));
        Assert.Equal(["run", "format_version", "status"], best[0]!.AsObject().Select(p => p.Key).Take(3));
        Assert.True((double)best[0]!["val"]!["accuracy"]! > (double)best[1]!["val"]!["accuracy"]!);
        Assert.Contains("Did you mean `val.loss`?", _project.Do("runs", "--sort", "val.los").Ends(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_run_the_list_is_empty()
    {
        Assert.Contains("No runs in ", _project.Do("runs").Ends(0).Out, StringComparison.Ordinal);
        Assert.Empty(_project.Do("runs", "--json").Ends(0).Json.AsArray());
    }

    [Fact]
    public void A_damaged_run_is_reported_and_the_others_are_listed()
    {
        _project.Train("name=a").Ends(0);
        _project.Folder.Write("runs/2026-01-01_00-00-00_b/run.json", "{"u8);
        CommandOutput output = _project.Do("runs", "--json").Ends(0);
        Assert.Equal(["finished", "damaged"], output.Json.AsArray().Select(r => (string?)r!["status"]));
        Assert.Contains("2026-01-01_00-00-00_b", output.Error, StringComparison.Ordinal);
        Assert.Contains("b    damaged", _project.Do("runs").Ends(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_is_shown_in_full()
    {
        _project.Train().Ends(0);
        string shown = _project.Do("runs", "show", "latest").Ends(0).Out;
        foreach (string text in new[] { "status    finished: all epochs completed", "seed      42", "fingerprint ", "  lr: 0.001", "\nval    ", "\ntest   ", "checkpoints: epoch-0001, epoch-0002 (best)", "train.log" })
        {
            Assert.Contains(text, shown, StringComparison.Ordinal);
        }

        JsonNode document = _project.Do("runs", "show", "latest", "--json").Ends(0).Json;
        Assert.Equal((_project.Run, "finished", 5), ((string?)document["run"], (string?)document["status"], document["metrics"]!.AsArray().Count));
    }

    [Theory]
    [InlineData("metrics.jsonl", "\"seconds\":", "\"seconds\":[[]],\"x\":")]
    [InlineData("metrics.jsonl", "\"loss\":", "\"loss\":{},\"x\":")]
    [InlineData("metrics.jsonl", "\"loss\":", "\"loss\":1,\"loss\":")]
    [InlineData("run.json", "\"seed\":", "\"seed\": 1, \"seed\":")]
    [InlineData("checkpoints/index.json", "\"best\":", "\"best\": null, \"best\":")]
    public void A_record_with_wrong_types_or_duplicate_keys_is_refused_before_any_output(string file, string old, string wrong)
    {
        _project.Train("name=a", "model.hidden=2").Ends(0);
        string path = Path.Combine(_project.Run, file);
        string text = File.ReadAllText(path);
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(old, wrong, StringComparison.Ordinal));
        foreach (string[] command in (string[][])[["runs", "show", "latest"], ["runs", "show", "latest", "--json"]])
        {
            CommandOutput output = _project.Do(command).Ends(2);
            Assert.StartsWith($"error: {path}", output.Out.Length == 0 ? output.Error : "error: " + (string)output.Json["errors"]![0]!["where"]!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Incomplete_metrics_and_losses_are_ignored()
    {
        _project.Train("name=a", "model.hidden=2").Ends(0);
        File.AppendAllText(Path.Combine(_project.Run, "metrics.jsonl"), "{\"epoch\":3,\"st");
        File.AppendAllText(Path.Combine(_project.Run, "steps.f32"), "abc");
        Assert.Equal(5, _project.Do("runs", "show", "latest", "--json").Ends(0).Json["metrics"]!.AsArray().Count);
        Assert.Contains("identical: ", _project.Do("verify", "latest").Ends(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Differences_between_runs_are_shown()
    {
        _project.Train("name=a").Ends(0);
        _project.Train("name=b", "optimizer=sgd").Ends(0);
        string[] names = [.. Directory.GetDirectories(_project.Runs).Select(d => Path.GetFileName(d)!).Order()];
        JsonNode compared = _project.Do(["runs", "compare", .. names, "--json"]).Ends(0).Json;
        Assert.Equal("[\"adamw\",\"sgd\"]", compared["config"]!["optimizer.name"]!.ToJsonString());
        Assert.Equal("[null,0]", compared["config"]!["optimizer.momentum"]!.ToJsonString());
        Assert.False(compared["config"]!.AsObject().ContainsKey("seed"));
        Assert.Equal(2, compared["values"]!["test.accuracy"]!.AsArray().Count);
        Assert.Contains("optimizer.name", _project.Do(["runs", "compare", .. names]).Ends(0).Out, StringComparison.Ordinal);
        _project.Do("runs", "compare", names[0]).Ends(2);
    }

    [Fact]
    public void A_running_and_a_killed_run_are_distinguished()
    {
        _project.Train("trainer.epochs=3").Ends(0);
        string manifest = Path.Combine(_project.Run, "run.json");
        JsonObject record = JsonNode.Parse(File.ReadAllText(manifest))!.AsObject();
        (record["status"], record["epochs"], record["val"], record["test"], record["seconds"]) = ("running", 0, null, null, null);
        File.WriteAllText(manifest, record.ToJsonString());

        Assert.Equal(["killed", "3/3"], _project.Do("runs").Ends(0).Lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..3]);
        Assert.Contains($"no process holds the run's lock; regimen resume {Path.GetFileName(_project.Run)} continues it", _project.Do("runs", "show", "latest").Ends(0).Out, StringComparison.Ordinal);
        Assert.False((bool)_project.Do("runs", "--json").Ends(0).Json[0]!["live"]!);
        using (RunFolder folder = RunFolder.Find("latest", _project.Runs, _project.Folder.FullPath))
        {
            folder.Lock();
            string[] live = _project.Do("runs").Ends(0).Lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(["running", "3/3"], live[1..3]);
            Assert.NotEqual("-", live[4]);
            Assert.True((bool)_project.Do("runs", "--json").Ends(0).Json[0]!["live"]!);
        }
    }

    [Fact]
    public void Each_compared_run_is_a_row_and_the_best_value_is_marked()
    {
        foreach (string width in (string[])["1", "2", "3", "5", "8", "13"])
        {
            _project.Train($"name=w{width}", $"model.hidden={width}", "trainer.epochs=1").Ends(0);
        }

        string[] names = [.. Directory.GetDirectories(_project.Runs).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];
        string[] lines = _project.Do(["runs", "compare", .. names]).Ends(0).Lines;
        Assert.Equal(["run", "model.hidden", "name"], lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).OrderBy(w => w != "run"));
        Assert.Equal(names, lines[2..8].Select(l => l.Split(' ')[0]));
        string heading = lines.Single(l => l.Contains("val.loss", StringComparison.Ordinal));
        int end = heading.IndexOf("val.loss", StringComparison.Ordinal) + "val.loss".Length;
        double[] losses = [.. names.Select(n => (double)_project.Do("runs", "show", n, "--json").Ends(0).Json["val"]!["loss"]!)];
        string best = lines.Where(l => l.Length >= end && names.Contains(l.Split(' ')[0])).Single(l => l[..end].Split(' ')[^2] == "*");
        Assert.StartsWith(names[Array.IndexOf(losses, losses.Min())], best, StringComparison.Ordinal);
    }

    public void Dispose() => _project.Dispose();
}
