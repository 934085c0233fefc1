using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests the output and the exit codes of the resume command.</summary>
public sealed class ResumeCommandTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void A_finished_run_exits_0_with_its_result_and_is_unchanged()
    {
        JsonNode trained = _project.Train("--json").Ends(0).Json;
        DateTime written = File.GetLastWriteTimeUtc(Path.Combine(_project.Run, "run.json"));
        JsonNode resumed = _project.Do("resume", "latest", "--json").Ends(0).Json;
        Assert.Equal(trained.ToJsonString(), resumed.ToJsonString());
        Assert.Contains("has already ended: all epochs completed", _project.Do("resume", "latest").Ends(0).Out, StringComparison.Ordinal);
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(_project.Run, "run.json")));
    }

    [Fact]
    public void A_longer_run_has_the_result_of_train_and_verifies()
    {
        _project.Train().Ends(0);
        JsonNode resumed = _project.Do("resume", "latest", "trainer.epochs=4", "--json").Ends(0).Json;
        Assert.Equal(["run", "status", "epochs", "best_epoch", "val", "test", "weights_digest", "seconds"], resumed.AsObject().Select(p => p.Key));
        Assert.Equal(("finished", 4), ((string?)resumed["status"], (int)resumed["epochs"]!));
        JsonNode noted = JsonNode.Parse(File.ReadAllText(Path.Combine(_project.Run, "run.json")))!["resumed"]![0]!;
        Assert.Equal("[\"2\",\"4\"]", noted["changed"]!["trainer.epochs"]!.ToJsonString());
        _project.Do("verify", "latest").Ends(0);
        Assert.Equal((string?)_project.Train("trainer.epochs=4", "--json").Ends(0).Json["weights_digest"], (string?)resumed["weights_digest"]);
    }

    [Theory]
    [InlineData("model.hidden=3")]
    [InlineData("trainer.epochs=1")]
    public void A_change_that_is_not_allowed_exits_2(string change)
    {
        _project.Train().Ends(0);
        CommandOutput output = _project.Do("resume", "latest", change).Ends(2);
        Assert.Empty(output.Out);
        Assert.StartsWith($"error: {change}", output.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_run_is_refused()
    {
        Assert.StartsWith("error: There is no run 'nothing'", _project.Do("resume", "nothing").Ends(2).Error, StringComparison.Ordinal);
        Assert.Contains("There is no run yet", _project.Do("resume", "latest").Ends(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_skipped_damaged_checkpoint_is_reported()
    {
        _project.Train("checkpoint.keep=3", "trainer.epochs=3").Ends(0);
        string model = Path.Combine(_project.Run, "checkpoints", "epoch-0003", "model.safetensors");
        byte[] bytes = File.ReadAllBytes(model);
        bytes[^1] ^= 1;
        File.WriteAllBytes(model, bytes);
        CommandOutput output = _project.Do("resume", "latest", "trainer.epochs=4").Ends(0);
        Assert.StartsWith($"note: skipped a newer checkpoint: {model}", output.Error, StringComparison.Ordinal);
        _project.Do("verify", "latest").Ends(0);
    }

    [Fact]
    public void A_choice_that_changes_many_keys_is_one_problem_with_a_command_as_hint()
    {
        string runs = _project.Folder["of mine/it's"];
        _project.Train("trainer.epochs=1", $"runs={runs}").Ends(0);
        string run = Directory.GetDirectories(runs).Single();
        CommandOutput refused = _project.Do("resume", run, "model=cnn", "model.dropout1=0.5", "trainer.epochs=3").Ends(2);
        Assert.Single(refused.Error.Split('\n'), l => l.StartsWith("error: ", StringComparison.Ordinal));
        string hint = refused.Error.TrimEnd('\n').Split('\n')[^1].Trim();
        const string Beginning = "For another run: regimen ";
        Assert.StartsWith(Beginning, hint, StringComparison.Ordinal);
        Assert.EndsWith(" model=cnn model.dropout1=0.5 trainer.epochs=3", hint, StringComparison.Ordinal);

        // A shell parses the hint to a config that is accepted.
        using var shell = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/bin/sh")
        {
            RedirectStandardOutput = true,
            ArgumentList = { "-c", $"printf '%s\\n' {hint[Beginning.Length..]}" },
        })!;
        string[] words = shell.StandardOutput.ReadToEnd().TrimEnd('\n').Split('\n');
        Assert.Contains("cnn", _project.Do([.. words, "--print-config"]).Ends(0).Out, StringComparison.Ordinal);
    }

    public void Dispose() => _project.Dispose();
}
