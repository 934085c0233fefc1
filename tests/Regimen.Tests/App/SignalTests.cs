using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>A run that is asked to stop ends after its step, with a checkpoint.</summary>
public sealed class SignalTests : IDisposable
{
    private const int StepsPerEpoch = 240;
    private readonly ProjectFolder _project = new();

    [Theory]
    [InlineData(PosixSignal.SIGINT, 130)]
    [InlineData(PosixSignal.SIGTERM, 143)]
    public void Ends_after_the_step_with_a_checkpoint(PosixSignal signal, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        using CommandProcess process = CommandProcess.Regimen(
            _project.Folder.FullPath, "train", "trainer.epochs=1000000", "loader.batch_size=1", "early_stopping=none");
        process.WaitForLine(line => line.TrimStart().StartsWith("1/1000000 ", StringComparison.Ordinal));
        process.Signal(signal);
        CommandOutput output = process.WaitForEnd().Ends(exitCode);
        Assert.Empty(output.Error);
        Assert.Contains("Interrupted after epoch ", output.Out, StringComparison.Ordinal);

        JsonNode record = JsonNode.Parse(File.ReadAllText(Path.Combine(_project.Run, "run.json")))!;
        Assert.Equal("interrupted", record["status"]!.GetValue<string>());
        Assert.Null(record["test"]);
        int epoch = record["epochs"]!.GetValue<int>();
        long steps = record["steps"]!.GetValue<long>();
        Assert.Equal(steps * sizeof(float), new FileInfo(Path.Combine(_project.Run, "steps.f32")).Length);

        // It ends after the step that was being made; one in 240 is the last of its epoch.
        string expected = $"epoch-{epoch:0000}-step-{steps:000000}";
        Assert.InRange(steps, ((epoch - 1L) * StepsPerEpoch) + 1, epoch * (long)StepsPerEpoch);
        JsonNode index = JsonNode.Parse(File.ReadAllText(Path.Combine(_project.Run, "checkpoints", "index.json")))!;
        Assert.Equal(expected, index["last"]!.GetValue<string>());

        JsonNode measured = _project.DoAsProcess("evaluate", "latest", "--json").Ends(0).Json;
        Assert.Equal(expected, measured["checkpoint"]!.GetValue<string>());
    }

    public void Dispose() => _project.Dispose();
}
