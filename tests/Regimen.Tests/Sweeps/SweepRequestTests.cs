using System.Text.Json.Nodes;
using Regimen.SweepFiles;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Sweeps;

/// <summary>Tests the requests of the command <c>sweep</c> that start no trial: refusals and dry runs.</summary>
public sealed class SweepRequestTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Theory]
    [InlineData("A_wrong_value_in_the_last_trial", "model.hidden=range(1,74)", "model.dropout=0.1,0.2,1.5", "model.dropout=1.5")]
    [InlineData("An_unknown_key", "model.hiden=64,128", "model.dropout=0.1", "Did you mean `hidden`?")]
    [InlineData("A_bound_of_an_interval", "--search random --samples 3 model.dropout=interval(0,2)", "trainer.epochs=1", "model.dropout=2")]
    [InlineData("An_interval_in_a_grid", "model.dropout=interval(0,0.5)", "trainer.epochs=1", "--search random, sobol or tpe")]
    [InlineData("Samples_are_missing", "--search sobol", "model.hidden=3,4", "--samples 20")]
    [InlineData("Nothing_to_search", "trainer.epochs=2", "model.hidden=3", "There is nothing to search")]
    [InlineData("Too_many_trials", "model.hidden=range(1,2000)", "seed=1,2,3,4,5,6", "at most 10000 trials")]
    [InlineData("An_unknown_search", "--search tpa --samples 3", "model.hidden=3,4", "Did you mean `tpe`?")]
    [InlineData("An_unknown_metric", "--metric val.acuracy", "model.hidden=3,4", "Did you mean `val.accuracy`?")]
    [InlineData("Missing_data", "data.root=nowhere", "model.hidden=3,4", "nowhere")]
    [InlineData("A_key_twice", "model.hidden=3,4", "model.hidden=5,6", "The key is given twice")]
    [InlineData("Seeds_twice", "seed=3,4", "--seeds 5", "The seeds are given twice")]
    [InlineData("Halving_with_tpe", "--search tpe --samples 9 --halving 3", "model.hidden=3,4", "--search grid, random or sobol")]
    [InlineData("Halving_by_a_test_value", "--halving 2 --metric test.loss", "model.hidden=3,4", "a value of val or train")]
    [InlineData("Halving_of_epochs", "--halving 2", "trainer.epochs=3,4", "trainer.epochs")]
    [InlineData("Too_few_points_to_halve", "--halving 5", "model.hidden=3,4", "at least 5 points")]
    [InlineData("An_unknown_policy", "--on-failure retry:0", "model.hidden=3,4", "retry:N")]
    [InlineData("A_sweep_of_its_own_folder", "runs=a,b", "model.hidden=3,4", "`runs` can't be searched")]
    [InlineData("Revive_without_resume", "--revive 3", "model.hidden=3,4", "--resume SWEEP")]
    public void A_wrong_request_ends_before_the_first_trial(string name, string first, string second, string expected)
    {
        CommandOutput output = _project.Do(["sweep", .. first.Split(' '), .. second.Split(' '), .. first.Contains("data.root", StringComparison.Ordinal) ? Array.Empty<string>() : [$"data.root={_project.Data}"]]).Ends(2);
        Assert.True(output.Error.Contains(expected, StringComparison.Ordinal), $"{name}\n{output.Error}");
        Assert.False(Directory.Exists(_project.Runs));
    }

    [Fact]
    public void A_dry_run_lists_the_trials_and_writes_nothing()
    {
        JsonNode plan = _project.Do("sweep", "--search", "tpe", "--samples", "9", "--seeds", "2", "model.dropout=interval(0,0.5)", $"data.root={_project.Data}", "--dry-run", "--json").Ends(0).Json;
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], plan["trials"]!.AsArray().Select(t => (int)t!["number"]!));
        Assert.Equal([42, 43, 42, 43], plan["trials"]!.AsArray().Take(4).Select(t => (int)t!["seed"]!));
        Assert.Contains("and 10 more", _project.Do("sweep", "--search", "tpe", "--samples", "9", "--seeds", "2", "model.dropout=interval(0,0.5)", $"data.root={_project.Data}", "--dry-run").Ends(0).Out, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_project.Runs));
    }

    [Theory]
    [InlineData("nothing", "There is no sweep 'nothing'")]
    [InlineData("latest", "There is no sweep 'latest'")]
    public void Resuming_no_sweep_is_refused(string sweep, string expected)
        => Assert.Contains(expected, _project.Do("sweep", "--resume", sweep).Ends(2).Error, StringComparison.Ordinal);

    [Fact]
    public void A_sweep_in_use_is_refused()
    {
        string folder = Directory.CreateDirectory(Path.Combine(_project.Runs, "2026-01-01_00-00-00_sweep-x")).FullName;
        File.WriteAllText(Path.Combine(folder, SweepRecord.FileName), "{}");
        using var other = Regimen.Sweeps.SweepFolder.Find("latest", _project.Runs, _project.Folder.FullPath);
        other.Lock();
        Assert.Contains("Another process is running this sweep", _project.Do("sweep", "--resume", "latest").Ends(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_plan_of_a_sweep_that_has_begun_cannot_be_changed()
    {
        string folder = Directory.CreateDirectory(Path.Combine(_project.Runs, "2026-01-01_00-00-00_sweep-x")).FullName;
        File.WriteAllText(Path.Combine(folder, SweepRecord.FileName), "{}");
        CommandOutput output = _project.Do("sweep", "--resume", "latest", "--samples", "7", "model.hidden=3,4").Ends(2);
        Assert.Contains("--samples: The plan", output.Error, StringComparison.Ordinal);
        Assert.Contains("model.hidden=3,4: The plan", output.Error, StringComparison.Ordinal);
        Assert.Contains("format_version", _project.Do("sweep", "--resume", "latest").Ends(2).Error, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, SweepRecord.FileName), "{\"format_version\":1,");
        Assert.Contains("damaged", _project.Do("sweep", "--resume", "latest").Ends(2).Error, StringComparison.Ordinal);
    }

    public void Dispose() => _project.Dispose();
}
