using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests a run that a process is still training.</summary>
[Collection(OtherProcesses.Name)]
public sealed class RunInUseTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void A_second_process_on_the_same_run_is_refused_and_an_interrupted_run_resumes()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        using (CommandProcess process = CommandProcess.Regimen(
            _project.Folder.FullPath, "train", "trainer.epochs=1000000", "loader.batch_size=16", "early_stopping=none", "checkpoint.every_steps=4"))
        {
            process.WaitForLine(line => line.TrimStart().StartsWith("1/1000000 ", StringComparison.Ordinal));
            Assert.Contains("Another process is using this run", _project.DoAsProcess("resume", "latest").Ends(2).Error, StringComparison.Ordinal);
            Assert.Contains("Another process is using this run", _project.DoAsProcess("verify", "latest").Ends(2).Error, StringComparison.Ordinal);
            process.Signal(PosixSignal.SIGINT);
            process.WaitForEnd().Ends(130);
        }

        JsonNode stopped = JsonNode.Parse(File.ReadAllText(Path.Combine(_project.Run, "run.json")))!;
        int epochs = (int)stopped["epochs"]! + 1;
        _project.DoAsProcess("verify", "latest", "--quiet").Ends(0);
        JsonNode resumed = _project.DoAsProcess("resume", "latest", $"trainer.epochs={epochs}", "--json").Ends(0).Json;
        Assert.Equal(("finished", epochs), ((string?)resumed["status"], (int)resumed["epochs"]!));
        _project.DoAsProcess("verify", "latest", "--quiet").Ends(0);
    }

    public void Dispose() => _project.Dispose();
}
