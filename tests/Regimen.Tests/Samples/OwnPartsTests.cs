using System.Text;
using System.Text.Json.Nodes;
using Regimen.Reproducibility;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Samples;

/// <summary>Tests a program with a part of each kind of its own: models of two inputs and of padded tokens, a metric, an observer, an optimizer,
/// a schedule, an objective with a task.</summary>
[Collection(OtherProcesses.Name)]
public sealed class OwnPartsTests : IDisposable
{
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1";
    private readonly TemporaryFolder _folder = new();

    public OwnPartsTests()
    {
        TinyMnist.Write(_folder, "data/mnist");
        foreach (string experiment in (string[])["ratings", "sentences"])
        {
            string file = $"configs/experiment/{experiment}.yaml";
            _folder.Write(file, File.ReadAllBytes(Path.Combine(Repository.Root, "samples", "OwnParts", file)));
        }
    }

    [Fact]
    public void An_observer_ends_a_run_with_its_reason_and_the_run_is_verified()
    {
        Do("train", "experiment=ratings", "--quiet").Ends(0);
        JsonNode run = JsonNode.Parse(File.ReadAllText(Path.Combine(Directory.GetDirectories(_folder["runs"]).Single(), "run.json")))!;
        Assert.Equal(("stopped_early", "stop_when_good"), ((string?)run["status"], (string?)run["stopped_by"]));
        Assert.StartsWith("the validation loss ", (string?)run["reason"], StringComparison.Ordinal);
        Assert.InRange((double)run["test"]!["max_error"]!, 0.01, 0.6);
        Assert.Equal("min", (string?)run["metric_modes"]!["max_error"]);
        Assert.Contains("identical: ", Do("verify", "latest").Ends(0).Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("experiment=ratings", "observers=[]", "trainer.epochs=9")]
    [InlineData("experiment=ratings", "objective=pinball", "objective.quantile=0.8", "early_stopping.monitor=val.coverage_error", "trainer.epochs=7", "observers=[gradient_norms]", "metrics=[]")]
    [InlineData("experiment=sentences", "trainer.epochs=8", "loader.workers=2", "metrics=[{name: top_k, k: 1}]", "early_stopping.monitor=val.top_1_accuracy")]
    [InlineData("model=vae", "model.hidden=9", "data=mnist", "data.limit=61", "objective=elbo", "objective.beta=0.3", "trainer.epochs=3", "loader.batch_size=7", "trainer.accumulate=3", "early_stopping.monitor=val.kl")]
    public void A_killed_run_resumes_to_the_bits_of_an_uninterrupted_one(params string[] config)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGKILL.");
        Assert.SkipWhen(config.Contains("objective=pinball") && !IsLong, "kills a fourth program: REGIMEN_LONG=1");
        string[] command = ["train", "checkpoint.every_steps=5", "--quiet", .. config];
        Do([.. command, "name=whole"]).Ends(0);
        string whole = Folder("whole");
        long steps = new FileInfo(Path.Combine(whole, "steps.f32")).Length / sizeof(float);
        RandomStream random = RandomStream.For(3, RandomPurpose.Order);
        for (int kills = 0; kills < (IsLong ? 3 : 1); kills++)
        {
            long until = 1 + random.NextInt32((int)steps - 1);
            using CommandProcess process = CommandProcess.Start("OwnParts", _folder.FullPath, kills == 0 ? [.. command, "name=killed"] : ["resume", Path.GetFileName(Folder("killed")), "--quiet"]);
            process.WaitUntil(() => Directory.Exists(_folder["runs"]) && Directory.GetDirectories(_folder["runs"], "*_killed").Any(run =>
                new FileInfo(Path.Combine(run, "steps.f32")) is { Exists: true, Length: var length } && length / sizeof(float) >= until && File.Exists(Path.Combine(run, "run.json"))));
            process.KillNow();
        }

        Do("resume", Path.GetFileName(Folder("killed")), "--quiet").Ends(0);
        string killed = Folder("killed");
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "steps.f32")), File.ReadAllBytes(Path.Combine(killed, "steps.f32")));
        Assert.Equal(Digest(whole), Digest(killed));
        Assert.Equal(Passes(whole), Passes(killed));
        Assert.Contains("identical: ", Do("verify", Path.GetFileName(killed)).Ends(0).Out, StringComparison.Ordinal);
        if (File.Exists(Path.Combine(whole, "gradient_norms.csv")))
        {
            Assert.Equal(File.ReadAllText(Path.Combine(whole, "gradient_norms.csv")), File.ReadAllText(Path.Combine(killed, "gradient_norms.csv")));
        }
    }

    [Fact]
    public void Inputs_are_shown_by_name()
    {
        Assert.Contains("samples user [5], item [3]", Do("inspect", "data", "experiment=ratings").Ends(0).Out, StringComparison.Ordinal);
        Assert.Contains("tokens int64 [9]", Do("inspect", "model", "experiment=sentences").Ends(0).Out, StringComparison.Ordinal);
        Assert.Contains("another number of tensors", Do("train", "model=mlp", "data=ratings", "objective=mse").Ends(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_of_two_passes_and_a_transform_are_verified()
    {
        _folder.Write("points.csv", Encoding.UTF8.GetBytes("x,y,side\n" + string.Concat(Enumerable.Range(0, 90).Select(i => $"{i % 13},{i % 7},{(i % 13 > i % 7 ? "right" : "left")}\n"))));
        string[] command = ["train", "data=csv", "data.path=points.csv", "data.target=[side]", "model.dropout=0.3", "trainer.epochs=2", "loader.batch_size=20", "objective=two_passes", "transforms.train=[{name: noise, amplitude: 0.2}]", "--quiet"];
        Do([.. command, "name=both"]).Ends(0);
        Do([.. command, "objective.weight=0", "name=plain"]).Ends(0);
        Assert.Contains("identical: ", Do("verify", "both").Ends(0).Out, StringComparison.Ordinal);

        // Two passes of the same batch have different dropout masks: otherwise the weight of their difference would change nothing.
        Assert.NotEqual(File.ReadAllBytes(Path.Combine(Folder("plain"), "steps.f32")), File.ReadAllBytes(Path.Combine(Folder("both"), "steps.f32")));
    }

    public void Dispose() => _folder.Dispose();

    private string Folder(string name) => Directory.GetDirectories(_folder["runs"], $"*_{name}").Single();

    /// <summary>The rows of metrics without times: losses, their parts, metrics.</summary>
    private static string[] Passes(string run) => [.. File.ReadAllLines(Path.Combine(run, "metrics.jsonl")).Select(line =>
    {
        JsonObject row = JsonNode.Parse(line)!.AsObject();
        Assert.All(row["kl"] is null ? [] : new[] { "loss", "kl", "reconstruction" }, name => Assert.IsType<double>((double)row[name]!));
        return new JsonObject(row.Where(v => !v.Key.Contains("second", StringComparison.Ordinal)).Select(v => KeyValuePair.Create(v.Key, v.Value?.DeepClone()))).ToJsonString();
    })];

    private static string? Digest(string run) => (string?)JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!["weights_digest"];

    private CommandOutput Do(params string[] args)
    {
        using CommandProcess process = CommandProcess.Start("OwnParts", _folder.FullPath, args);
        return process.WaitForEnd();
    }
}
