using System.Text.Json.Nodes;
using Regimen.Runs;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Runs;

public sealed class RunManifestTests
{
    private static readonly RunManifest Complete = Manifests.Running() with
    {
        Status = RunStatus.StoppedEarly,
        Reason = "no better for 3 validations",
        Ended = StoppedClock.AtNoon.GetUtcNow().AddSeconds(90),
        Seconds = 90,
        Epochs = 7,
        Steps = 5250,
        BestEpoch = 4,
        BestStep = 3000,
        WeightsDigest = "def",
        Val = new Dictionary<string, double?> { ["loss"] = 0.1, ["accuracy"] = null },
        Test = new Dictionary<string, double?> { ["loss"] = 0.2 },
        Error = null,
    };

    [Fact]
    public void The_file_has_the_documented_keys()
    {
        using var folder = new TemporaryFolder();
        Complete.Write(folder["run.json"]);
        const string expected =
            """
            {
              "format_version": 1,
              "status": "stopped_early",
              "reason": "no better for 3 validations",
              "started": "2026-11-23T12:03:22+00:00",
              "ended": "2026-11-23T12:04:52+00:00",
              "seconds": 90,
              "seed": 18446744073709551615,
              "threads": 1,
              "threads_shared_by": "layers",
              "allocator": "glibc: top_pad 64 MiB",
              "device": "cpu",
              "model": "tiny",
              "data": "clusters",
              "data_fingerprint": "abc",
              "parameters": 67,
              "versions": {
                "regimen": "0.1.0",
                "torchsharp": "0.107.0",
                "libtorch": "2.10.0",
                "dotnet": "10.0.1",
                "os": "Linux",
                "cpu": "a processor",
                "instruction_set": "AVX-512"
              },
              "git": {
                "commit": "0123456789abcdef0123456789abcdef01234567",
                "dirty": true
              },
              "epochs": 7,
              "steps": 5250,
              "best_epoch": 4,
              "best_step": 3000,
              "weights_digest": "def",
              "val": {
                "loss": 0.1,
                "accuracy": null
              },
              "test": {
                "loss": 0.2
              },
              "error": null,
              "resumed": []
            }
            """;
        Assert.Equal(expected.ReplaceLineEndings("\n"), File.ReadAllText(folder["run.json"]).ReplaceLineEndings("\n"));
    }

    [Fact]
    public void A_manifest_round_trip_preserves_every_value()
    {
        using var folder = new TemporaryFolder();
        Complete.Write(folder["run.json"]);
        RunManifest back = RunManifest.Read(folder["run.json"]);
        Assert.Equal(Complete.Val, back.Val);
        Assert.Equal(Complete.Test, back.Test);
        Assert.Equal(Complete, back with { Val = Complete.Val, Test = Complete.Test, Resumed = Complete.Resumed });

        var resumed = new RunResumed(
            StoppedClock.AtNoon.GetUtcNow(), "epoch-0002", 2, 1500, RunStatus.Interrupted, new Dictionary<string, IReadOnlyList<string>> { ["trainer.epochs"] = ["20", "40"] }, null, null);
        (Manifests.Running() with { Resumed = [resumed] }).Write(folder["run.json"]);
        RunResumed again = Assert.Single(RunManifest.Read(folder["run.json"]).Resumed);
        Assert.Equal(resumed, again with { Changed = resumed.Changed });
        Assert.Equal(["20", "40"], again.Changed["trainer.epochs"]);
    }

    [Theory]
    [InlineData(RunStatus.Running, "running")]
    [InlineData(RunStatus.Finished, "finished")]
    [InlineData(RunStatus.StoppedEarly, "stopped_early")]
    [InlineData(RunStatus.Interrupted, "interrupted")]
    [InlineData(RunStatus.Failed, "failed")]
    public void Each_status_has_its_name(RunStatus status, string word)
    {
        using var folder = new TemporaryFolder();
        (Complete with { Status = status }).Write(folder["run.json"]);
        Assert.Equal(word, (string?)JsonNode.Parse(File.ReadAllText(folder["run.json"]))!["status"]);
        Assert.Equal(status, RunManifest.Read(folder["run.json"]).Status);
    }

    [Theory]
    [InlineData("2")]
    [InlineData("0")]
    public void Another_format_version_is_refused(string version)
    {
        Problem problem = Refusal(json => json.Replace("\"format_version\": 1", $"\"format_version\": {version}", StringComparison.Ordinal));
        Assert.Equal(("This run was written by another version of Regimen", "format_version 1", $"{version}"), (problem.Message, problem.Expected, problem.Received?.Split(' ')[^1]));
    }

    [Theory]
    [InlineData("\"status\": \"stopped_early\"", "\"status\": \"stopped\"")]
    [InlineData("\"status\": \"stopped_early\"", "\"status\": 2")]
    [InlineData("\"status\": \"stopped_early\",", "")]
    [InlineData("\"threads\": 1", "\"threads\": \"1\"")]
    [InlineData("\"threads\": 1", "\"threads\": 1.5")]
    [InlineData("\"device\": \"cpu\"", "\"device\": null")]
    [InlineData("\"seed\": 18446744073709551615", "\"seed\": -1")]
    [InlineData("\"os\": \"Linux\",", "")]
    [InlineData("\"started\": \"2026", "\"started\": \"never")]
    [InlineData("\"format_version\": 1", "\"format_version\": \"1\"")]
    [InlineData("\"format_version\": 1", "\"format_version\": 1e99")]
    public void A_damaged_file_is_refused(string old, string changed)
        => Assert.StartsWith("The run's manifest is damaged", Refusal(json => json.Replace(old, changed, StringComparison.Ordinal)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\u0000")]
    public void Another_file_is_refused(string content)
        => Assert.StartsWith("The run's manifest is damaged", Refusal(_ => content).Message, StringComparison.Ordinal);

    [Fact]
    public void A_truncated_file_is_refused()
    {
        using var folder = new TemporaryFolder();
        Complete.Write(folder["run.json"]);
        byte[] whole = File.ReadAllBytes(folder["run.json"]);
        for (int cut = 0; cut < whole.Length; cut++)
        {
            string path = folder.Write("cut.json", whole.AsSpan(0, cut));
            Assert.Equal(path, Assert.Throws<RequestException>(() => RunManifest.Read(path)).Problems[0].Where);
        }
    }

    private static Problem Refusal(Func<string, string> change)
    {
        using var folder = new TemporaryFolder();
        Complete.Write(folder["run.json"]);
        string whole = File.ReadAllText(folder["run.json"]);
        string changed = change(whole);
        Assert.NotEqual(whole, changed);
        File.WriteAllText(folder["run.json"], changed);
        Problem problem = Assert.Single(Assert.Throws<RequestException>(() => RunManifest.Read(folder["run.json"])).Problems);
        Assert.Equal(folder["run.json"], problem.Where);
        return problem;
    }
}
