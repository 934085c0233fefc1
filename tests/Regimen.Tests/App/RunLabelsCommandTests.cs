using System.Text.Json.Nodes;
using Regimen.Runs;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests <c>runs</c> with filters, columns and groups, <c>tag</c>, <c>note</c>, <c>prune</c> and the run <c>best</c>, on made runs.</summary>
public sealed class RunLabelsCommandTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    public RunLabelsCommandTests()
    {
        Make("2026-01-01_00-00-00_a", lr: 0.001, seed: 1, loss: 0.5);
        Make("2026-01-02_00-00-00_b", lr: 0.01, seed: 2, loss: 0.25);
        Make("2026-01-03_00-00-00_c", lr: 0.01, seed: 3, loss: 0.35);
        Make("2026-01-04_00-00-00_d", lr: 0.1, seed: 3, loss: 0.75, change: m => m with { Status = RunStatus.Failed, Val = null, BestStep = null });
    }

    [Fact]
    public void Filters_columns_sort_and_limit_choose_what_is_shown()
    {
        string[] lines = _project.Do("runs", "optimizer.lr<0.1", "status=finished", "--columns", "optimizer.lr,val.loss,seed", "--sort", "val.loss", "--limit", "2").Ends(0).Lines;
        Assert.Equal(["run  optimizer.lr  val.loss  seed", "b            0.01   0.25000     2", "c            0.01   0.35000     3"], lines);
        JsonArray json = _project.Do("runs", "model.hidden=128", "--columns", "name,optimizer.lr,tag,test.loss", "--json", "--descending", "--limit", "1").Ends(0).Json.AsArray();
        Assert.Equal("""[{"name":"2026-01-04_00-00-00_d","optimizer.lr":0.1,"tag":[],"test.loss":null}]""", json.ToJsonString());
        Assert.Contains("None of the 4 runs", _project.Do("runs", "seed=99").Ends(0).Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Did you mean `optimizer.lr`?", "optimizer.lt<1")]
    [InlineData("Did you mean `show`?", "shwo", "latest")]
    [InlineData("Did you mean `val.loss`?", "--columns", "val.los")]
    [InlineData("at least 1", "--limit", "0")]
    [InlineData("Only one of", "--json", "--csv")]
    [InlineData("at least one filter", "prune")]
    [InlineData("No tag is named", "tag", "a")]
    [InlineData("No run is named", "tag", "+x")]
    [InlineData("'+x y'", "tag", "a", "++x y")]
    [InlineData("There is no run 'x'", "tag", "a", "x", "+y")]
    [InlineData("the run best", "show", "a", "--by", "val.loss")]
    [InlineData("Did you mean `val.loss`?", "show", "best", "--by", "val.lss")]
    public void A_typing_error_is_refused(string expected, params string[] args)
    {
        CommandOutput output = _project.Do(["runs", .. args]).Ends(2);
        Assert.Contains(expected, output.Error + output.Out, StringComparison.Ordinal);
        Assert.False(File.Exists(_project.Folder["runs/2026-01-01_00-00-00_a/labels.json"]));
    }

    [Fact]
    public void Runs_that_differ_in_the_seed_are_one_row()
    {
        string[] lines = _project.Do("runs", "--group-seeds", "--sort", "val.loss").Ends(0).Lines;
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("b        2  finished  0.30000 ± 0.07071  accuracy  97.00 % ± 0.71 %", lines[1], StringComparison.Ordinal);
        JsonNode group = _project.Do("runs", "--group-seeds", "--json", "seed>1", "status=finished").Ends(0).Json.AsArray().Single()!;
        Assert.Equal(("[2,3]", 2), (group["seeds"]!.ToJsonString(), (int)group["values"]!["val.loss"]!["n"]!));
        Assert.Equal(0.3, (double)group["values"]!["val.loss"]!["mean"]!, 12);
        Assert.Equal("run,n,seeds,val.loss,val.loss.std,val.accuracy,val.accuracy.std", _project.Do("runs", "--group-seeds", "--csv").Ends(0).Lines[0]);
    }

    [Fact]
    public void Csv_has_every_field_value_and_config_key_and_quotes_what_must_be()
    {
        _project.Do("runs", "note", "a", "one, \"two\"").Ends(0);
        string[] lines = _project.Do("runs", "--csv").Ends(0).Lines;
        Assert.StartsWith("name,status,model,", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("model.name,model.hidden,optimizer.name,optimizer.lr,optimizer.betas,rename,early_stopping.monitor,early_stopping.mode", lines[0], StringComparison.Ordinal);
        Assert.Equal((5, true), (lines.Length, lines[1].Contains("\"one, \"\"two\"\"\"", StringComparison.Ordinal)));
    }

    [Fact]
    public void Tags_and_notes_are_kept_in_the_run_and_shown()
    {
        _project.Do("runs", "tag", "a", "b", "+good", "+old").Ends(0);
        Assert.Equal("2026-01-01_00-00-00_a: tags good\n", _project.Do("runs", "tag", "a", "+good", "-old").Ends(0).Out);
        Assert.Equal("2026-01-01_00-00-00_a: tags good; note: for the paper\n", _project.Do("runs", "note", "a", "for the paper").Ends(0).Out);
        Assert.Equal(["a", "b"], _project.Do("runs", "tag=good", "--columns", "tag").Ends(0).Lines[1..].Select(l => l.Split(' ')[0]));
        string shown = _project.Do("runs", "show", "a").Ends(0).Out;
        Assert.Contains("tags      good\nnote      for the paper\n", shown, StringComparison.Ordinal);
        _project.Do("runs", "note", "a", "").Ends(0);
        Assert.DoesNotContain("note", _project.Do("runs", "show", "a").Ends(0).Out, StringComparison.Ordinal);
        Assert.Equal(["good", "old"], RunLabels.Read(_project.Folder["runs/2026-01-02_00-00-00_b"]).Tags);
    }

    [Fact]
    public void The_best_run_is_found_by_the_monitored_or_a_given_value()
    {
        Assert.Contains("2026-01-02_00-00-00_b", _project.Do("runs", "show", "best").Ends(0).Lines[0], StringComparison.Ordinal);
        Assert.Contains("2026-01-02_00-00-00_b", _project.Do("runs", "show", "best", "--by", "val.accuracy").Ends(0).Lines[0], StringComparison.Ordinal);
        Assert.Contains("optimizer.lr", _project.Do("runs", "compare", "best", "a").Ends(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Pruning_shows_what_it_would_remove_and_removes_only_on_request()
    {
        _project.Do("runs", "tag", "b", "+keep").Ends(0);
        string dry = _project.Do("runs", "prune", "name~_").Ends(0).Out;
        Assert.Contains("kept: it is tagged keep", dry, StringComparison.Ordinal);
        Assert.Contains("3 run(s)", dry, StringComparison.Ordinal);
        Assert.Equal(4, Directory.GetDirectories(_project.Runs).Length);
        _project.Do("runs", "prune", "status=failed", "--apply").Ends(0);
        Assert.Equal(["a", "b", "c"], Left());
        _project.Do("runs", "prune", "name~", "--yes").Ends(0);
        Assert.Equal(["b"], Left());
        Assert.Single(_project.Do("runs", "prune", "name~", "--apply", "--tagged", "--json").Ends(0).Json.AsArray(), r => (bool)r!["removed"]!);
        Assert.Empty(Left());
    }

    [Fact]
    public void Pruning_removes_no_live_run_no_link_and_nothing_behind_a_link()
    {
        using var elsewhere = new TemporaryFolder();
        string target = MadeRuns.Make(elsewhere, "linked");
        Directory.CreateSymbolicLink(_project.Folder["runs/link"], target);
        elsewhere.Write("precious/file", "x"u8);
        Directory.CreateSymbolicLink(_project.Folder["runs/2026-01-01_00-00-00_a/inside"], elsewhere["precious"]);
        Make("sweep/trials/0001");
        _project.Folder.Write("runs/sweep/sweep.json", "{}"u8);
        using (RunFolder live = RunFolder.Find("c", _project.Runs, _project.Folder.FullPath))
        {
            live.Lock();
            string text = _project.Do("runs", "prune", "name~", "--apply").Ends(0).Out;
            Assert.Contains("kept: a process is using it", text, StringComparison.Ordinal);
            Assert.Contains("kept: its folder is a link", text, StringComparison.Ordinal);
            Assert.Contains("kept: it is a trial of a sweep", text, StringComparison.Ordinal);
        }

        Assert.Equal(["c", "link", "sweep"], Left());
        Assert.True(File.Exists(Path.Combine(target, "run.json")));
        Assert.True(File.Exists(elsewhere["precious/file"]));
    }

    public void Dispose() => _project.Dispose();

    private IEnumerable<string> Left() => Directory.GetDirectories(_project.Runs).Select(d => Path.GetFileName(d).Split('_')[^1]).Order(StringComparer.Ordinal);

    private void Make(string name, double lr = 0.001, ulong seed = 42, double loss = 0.5, Func<RunManifest, RunManifest>? change = null)
        => MadeRuns.Make(_project.Folder, $"runs/{name}", lr, seed, loss, change: m => (change?.Invoke(m) ?? m) with { Started = new DateTimeOffset(2026, 1, name.Length > 9 && char.IsAsciiDigit(name[9]) ? name[9] - '0' : 9, 0, 0, 0, TimeSpan.Zero) });
}
