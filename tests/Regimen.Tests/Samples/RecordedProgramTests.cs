using System.Text.Json.Nodes;
using Regimen.Reproducibility;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Samples;

/// <summary>Tests programs that use the library alone: each records a run, resumes it after a kill, and verifies it.</summary>
[Collection(OtherProcesses.Name)]
public sealed class RecordedProgramTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private string _program = string.Empty;

    [Theory]
    [InlineData("TwoMoons", @"^epoch 10: train loss 0\.", @"^validation accuracy (0\.9[5-9]\d|1\.000), loss 0\.\d{4}$")]
    [InlineData("Gan", @"^epoch  10: estimated distance ", @"^8 of 8 centres reached, [4-9]\d\.\d% of the points near one$")]
    public void It_learns_and_verifies_its_run(string program, string first, string last)
    {
        _program = program;
        Assert.SkipWhen(program == "Gan" && Environment.GetEnvironmentVariable("REGIMEN_LONG") != "1", "takes a quarter of a minute: REGIMEN_LONG=1");
        CommandOutput output = Do().Ends(0);
        Assert.Empty(output.Error);
        Assert.Matches(first, output.Lines[0]);
        Assert.Matches(last, output.Lines[^2]);
        Assert.Equal(["runs"], Directory.EnumerateFileSystemEntries(_folder.FullPath).Select(Path.GetFileName));
        Assert.Matches("^identical: [0-9]+ losses and the weights$", Do("verify").Ends(0).Lines[^1]);
        Assert.Contains("has already ended", Do("resume").Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TwoMoons", 4)]
    [InlineData("Gan", 2)]
    public void A_killed_program_resumes_to_the_bits_of_an_uninterrupted_one(string program, int most)
    {
        _program = program;
        Assert.SkipWhen(program == "Gan" && Environment.GetEnvironmentVariable("REGIMEN_LONG") != "1", "takes a quarter of a minute: REGIMEN_LONG=1");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGKILL.");
        Do().Ends(0);
        string whole = Path.Combine(_folder["whole"]);
        Directory.Move(Run, whole);
        long steps = Steps(whole);
        RandomStream random = RandomStream.For(5, RandomPurpose.Order);
        bool ended = false;
        for (int kills = 0; kills < most && !ended; kills++)
        {
            long until = 1 + random.NextInt32((int)steps - 1);
            using CommandProcess process = Start(kills == 0 ? [] : ["resume"]);
            process.WaitUntil(() => Directory.Exists(_folder["runs"]) && Directory.GetDirectories(_folder["runs"]) is [var run] && File.Exists(Path.Combine(run, "run.json")) && Steps(run) >= until);
            process.KillNow();
            ended = (string?)Manifest(Run)["status"] is "finished" or "stopped_early";
        }

        if (!ended)
        {
            Do("resume").Ends(0);
        }

        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "steps.f32")), File.ReadAllBytes(Path.Combine(Run, "steps.f32")));
        Assert.Equal((string?)Manifest(whole)["weights_digest"], (string?)Manifest(Run)["weights_digest"]);
        Do("verify").Ends(0);
    }

    public void Dispose() => _folder.Dispose();

    private string Run => Directory.GetDirectories(_folder["runs"]).Single();

    private static long Steps(string run) => new FileInfo(Path.Combine(run, "steps.f32")) is { Exists: true } file ? file.Length / sizeof(float) : 0;

    private static JsonNode Manifest(string run) => JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!;

    private CommandProcess Start(params string[] args) => CommandProcess.Start(_program, _folder.FullPath, args);

    private CommandOutput Do(params string[] args)
    {
        using CommandProcess process = Start(args);
        return process.WaitForEnd();
    }
}
