using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>The profile command: its table, its document and its trace; it leaves nothing behind.</summary>
public sealed class ProfileCommandTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void A_profile_over_an_epoch_has_every_part_and_leaves_no_run()
    {
        string trace = _project.Folder["trace.json"];
        JsonNode document = JsonNode.Parse(_project.Do(
            "profile", $"data.root={_project.Data}", "loader.batch_size=16", "checkpoint.every_steps=4", "--warmup", "3", "--steps", "20", "--trace", trace, "--json").Ends(0).Out)!;
        Assert.Equal((3, 20), ((int)document["warmup"]!, (int)document["steps"]!));
        KeyValuePair<string, JsonNode?>[] parts = [.. document["parts"]!.AsObject()];
        Assert.Equal(["data", "forward", "backward", "optimizer", "observers", "checkpoint", "validation", "other"], parts.Select(p => p.Key));
        Assert.All(parts, p => Assert.True((double)p.Value!["seconds"]! > 0, $"no time of {p.Key}"));
        double seconds = (double)document["seconds"]!;
        Assert.InRange(parts.Sum(p => (double)p.Value!["seconds"]!) / seconds, 0.98, 1.0001);
        Assert.InRange(parts.Sum(p => (double)p.Value!["share"]!), 0.98, 1.0001);
        JsonNode memory = document["memory"]!;
        Assert.True((long)memory["peak"]! >= (long)memory["start"]! && (long)memory["start"]! > 0);
        Assert.Equal((long)memory["peak"]! - (long)memory["start"]!, (long)memory["above_start"]!);
        Assert.Equal(trace, (string)document["trace"]!);
        Assert.Equal(20, JsonNode.Parse(File.ReadAllText(trace))!["traceEvents"]!.AsArray().Count(e => (string?)e!["cat"] == "step"));
        AssertNothingIsLeft();
    }

    [Fact]
    public void The_table_sums_to_the_whole()
    {
        string text = _project.Do("profile", $"data.root={_project.Data}", "loader.batch_size=16", "--warmup", "1", "--steps", "5").Ends(0).Out;
        Assert.Contains("5 steps of 16 samples", text, StringComparison.Ordinal);
        Assert.Matches("together +100.0 %", text);
        Assert.Matches("memory  peak [0-9,.]+ MiB resident", text);
        Assert.Contains("No validation was within these steps: an epoch has 15 steps.", text, StringComparison.Ordinal);
        AssertNothingIsLeft();
    }

    [Theory]
    [InlineData("--steps", "0")]
    [InlineData("--warmup", "-1")]
    [InlineData("--warmup", "30")]
    [InlineData("--trace", "missing/trace.json")]
    public void Steps_and_files_that_can_not_be_are_refused(string option, string value)
    {
        Assert.Contains(option, _project.Do("profile", $"data.root={_project.Data}", "loader.batch_size=16", "trainer.epochs=2", option, value).Ends(2).Error, StringComparison.Ordinal);
        AssertNothingIsLeft();
    }

    [Fact]
    public void A_training_that_fails_leaves_nothing_behind_either()
    {
        string error = _project.Do("profile", $"data.root={_project.Data}", "optimizer=sgd", "optimizer.lr=1000000", "optimizer.weight_decay=1000000", "loader.batch_size=16", "--warmup", "0").Ends(1).Error;
        Assert.Contains("not finite", error, StringComparison.Ordinal);
        AssertNothingIsLeft();
    }

    public void Dispose() => _project.Dispose();

    private void AssertNothingIsLeft()
    {
        Assert.False(Directory.Exists(_project.Runs));
        Assert.Empty(Directory.GetDirectories(Path.GetTempPath(), "regimen-profile-*"));
    }
}
