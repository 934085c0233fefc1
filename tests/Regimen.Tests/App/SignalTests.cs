using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests that a run that is asked to stop ends after its step, with a checkpoint.</summary>
[Collection(OtherProcesses.Name)]
public sealed class SignalTests : IDisposable
{
    private const int StepsPerEpoch = 240;
    private const PosixSignal Sigusr1 = (PosixSignal)10;
    private const string StallFile = "stall";
    private readonly ProjectFolder _project = new();

    [Theory]
    [InlineData(PosixSignal.SIGINT, 130)]
    [InlineData(PosixSignal.SIGTERM, 143)]
    [InlineData(PosixSignal.SIGHUP, 143)]
    [InlineData(Sigusr1, 143)]
    public void A_signal_ends_the_run_after_its_step_with_a_checkpoint(PosixSignal signal, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        using CommandProcess process = CommandProcess.Regimen(
            _project.Folder.FullPath, "train", "trainer.epochs=1000000", "loader.batch_size=1", "early_stopping=none", "stop_signals=[sigusr1]");
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

        // The run ends after the current step, or at the end of an epoch whose checkpoint has been written already.
        Assert.InRange(steps, ((epoch - 1L) * StepsPerEpoch) + 1, epoch * (long)StepsPerEpoch);
        JsonNode index = JsonNode.Parse(File.ReadAllText(Path.Combine(_project.Run, "checkpoints", "index.json")))!;
        string expected = index["last"]!.GetValue<string>();
        Assert.Contains(expected, (string[])[$"epoch-{epoch:0000}-step-{steps:000000}", .. steps == epoch * (long)StepsPerEpoch ? [$"epoch-{epoch:0000}"] : (string[])[]]);

        JsonNode measured = _project.DoAsProcess("evaluate", "latest", "--json").Ends(0).Json;
        Assert.Equal(expected, measured["checkpoint"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(PosixSignal.SIGINT, 130)]
    [InlineData(PosixSignal.SIGTERM, 143)]
    public void A_signal_during_loading_ends_the_process_at_once_without_files(PosixSignal signal, int exitCode)
    {
        using CommandProcess process = Stalled("load");
        process.Signal(signal);
        CommandOutput output = process.WaitForEnd().Ends(exitCode);
        Assert.Empty(output.Error);
        Assert.False(Directory.Exists(_project.Runs));
    }

    [Fact]
    public void A_blocked_loader_is_not_waited_for_and_the_run_resumes_to_the_same_bits()
    {
        using CommandProcess process = Stalled("train");
        process.Signal(PosixSignal.SIGTERM);
        process.WaitForEnd().Ends(143);
        Assert.Equal("interrupted", Record()["status"]!.GetValue<string>());
        ResumesToTheBitsOfAWholeRun("train");
    }

    [Fact]
    public void A_signal_during_the_test_leaves_only_the_test_to_resume()
    {
        using CommandProcess process = Stalled("test");
        process.Signal(PosixSignal.SIGINT);
        CommandOutput output = process.WaitForEnd().Ends(130);
        Assert.Contains("Interrupted after epoch 2, step 10: a stop was requested during the test.", output.Out, StringComparison.Ordinal);
        JsonNode record = Record();
        Assert.Equal(("interrupted", 10L), (record["status"]!.GetValue<string>(), record["steps"]!.GetValue<long>()));
        Assert.Null(record["test"]);
        ResumesToTheBitsOfAWholeRun("test");
    }

    [Fact]
    public void A_second_signal_ends_a_process_that_does_not_stop()
    {
        // Without workers the data set blocks the training thread, which can't be interrupted.
        using CommandProcess process = Stalled("train", "loader.workers=0");
        process.Signal(PosixSignal.SIGINT);
        process.WaitForLine(line => line == "asked to stop");
        process.Signal(PosixSignal.SIGINT);
        process.WaitForEnd().Ends(130);
        Assert.Equal("running", Record()["status"]!.GetValue<string>());
    }

    private static string[] Config(string at) =>
    [
        "data=stalling", $"data.at={at}", $"data.file={StallFile}", "model=mlp", "model.hidden=3", "trainer.epochs=2", "loader.batch_size=8", "threads=1",
    ];

    private JsonNode Record() => JsonNode.Parse(File.ReadAllText(Path.Combine(_project.Run, "run.json")))!;

    private CommandProcess Stalled(string at, params string[] more)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        _project.Folder.Write(StallFile, []);
        CommandProcess process = CommandProcess.WithTestData(_project.Folder.FullPath, ["train", .. Config(at), .. more]);
        process.WaitForLine(line => line == $"stalled at {at}");
        return process;
    }

    private void ResumesToTheBitsOfAWholeRun(string at)
    {
        File.Delete(_project.Folder[StallFile]);
        string interrupted = _project.Run;
        Do("resume", interrupted);
        Do(["train", .. Config(at), $"runs={_project.Folder["whole"]}"]);
        RunBits.Of(Directory.GetDirectories(_project.Folder["whole"]).Single()).AssertEqual(RunBits.Of(interrupted));

        void Do(params string[] args)
        {
            using CommandProcess process = CommandProcess.WithTestData(_project.Folder.FullPath, args);
            process.WaitForEnd().Ends(0);
        }
    }

    public void Dispose() => _project.Dispose();
}
