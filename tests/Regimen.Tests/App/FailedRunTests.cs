using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests work that fails after it began: exit code 1, a message, and a record without the status finished.</summary>
public sealed class FailedRunTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void A_loss_that_is_not_finite_ends_the_run()
    {
        CommandOutput output = _project.Train("optimizer=sgd", "optimizer.lr=1e5", "optimizer.weight_decay=1", "trainer.epochs=5", "--quiet").Ends(1);
        Assert.Empty(output.Out);
        Assert.StartsWith("error: epoch 2, step 5: The loss is not a finite number", output.Error, StringComparison.Ordinal);
        Assert.InRange(output.Error.TrimEnd('\n').Split('\n').Length, 1, 3);

        JsonNode record = JsonNode.Parse(File.ReadAllText(Path.Combine(_project.Run, "run.json")))!;
        Assert.Equal("failed", record["status"]!.GetValue<string>());
        Assert.Contains("not a finite number", record["error"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Null(record["weights_digest"]);
        Assert.Contains("not a finite number", File.ReadAllText(Path.Combine(_project.Run, "train.log")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_failure_is_reported_as_JSON_with_the_json_option()
    {
        CommandOutput output = _project.Train("optimizer=sgd", "optimizer.lr=1e5", "optimizer.weight_decay=1", "trainer.epochs=5", "--json").Ends(1);
        Assert.Empty(output.Error);
        Assert.Equal(["errors"], output.Json.AsObject().Select(p => p.Key));
        Assert.Contains("not a finite number", output.Json["errors"]![0]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_ends_the_run_and_leaves_complete_checkpoints()
    {
        using TinyDisk disk = TinyDisk.Mount();
        CommandOutput output = _project.Train($"runs={disk["runs"]}", "model.hidden=16", "trainer.epochs=50", "checkpoint.keep=50", "early_stopping=none", "--quiet").Ends(1);
        Assert.Empty(output.Out);
        Assert.StartsWith($"error: {disk["runs"]}", output.Error, StringComparison.Ordinal);
        Assert.InRange(output.Error.TrimEnd('\n').Split('\n').Length, 1, 3);

        string run = Directory.GetDirectories(disk["runs"]).Single();
        string? status = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!["status"]!.GetValue<string>();
        Assert.Contains(status, (string[])["running", "failed"]);
        JsonNode index = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "checkpoints", "index.json")))!;
        string last = index["last"]!.GetValue<string>();
        JsonNode measured = _project.Do("evaluate", Path.Combine(run, "checkpoints", last), "--json").Ends(0).Json;
        Assert.Equal(last, measured["checkpoint"]!.GetValue<string>());
    }

    public void Dispose() => _project.Dispose();
}
