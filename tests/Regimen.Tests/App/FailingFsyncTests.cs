using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests that a run fails if fsync reports an error, that files without fsync support do not matter, and that an interrupted call is
/// repeated.</summary>
[Collection(OtherProcesses.Name)]
public sealed class FailingFsyncTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void A_failed_fsync_of_a_file_ends_the_run()
    {
        (CommandOutput output, string[] calls) = Train("fsync:error=EIO");
        output.Ends(1);
        Assert.Contains("config.yaml", output.Error, StringComparison.Ordinal);
        Assert.Contains("Input/output error", output.Error, StringComparison.Ordinal);
        Assert.Single(calls);
    }

    [Fact]
    public void A_failed_fsync_of_a_folder_ends_the_run()
    {
        // The first call flushes config.yaml, the second the folder in which it was renamed.
        (CommandOutput output, string[] calls) = Train("fsync:error=EIO:when=2");
        output.Ends(1);
        Assert.Contains("Input/output error", output.Error, StringComparison.Ordinal);
        Assert.Matches("fsync\\([0-9]+<[^>]*/runs/[^/>]*>\\) += -1 EIO", calls[1]);
    }

    [Fact]
    public void A_checkpoint_whose_fsync_failed_is_not_listed()
    {
        // strace counts by thread. The main thread makes seven calls: config.yaml and run.json, each with its folder, the folder of all runs, and
        // run.json with its folder again when the fingerprint of the data is known. The eighth call of the writer's thread is inside the
        // checkpoint, after steps, metrics, TensorBoard, the run's folder, the weights and the optimizer's state. The main thread's eighth call, of
        // findings.json, fails too, and only a note tells it.
        (CommandOutput output, string[] calls) = Train("fsync:error=EIO:when=8+");
        output.Ends(1);
        Assert.Contains(calls, c => c.Contains("(INJECTED)", StringComparison.Ordinal) && c.Contains("/checkpoints", StringComparison.Ordinal));
        Assert.False(File.Exists(Path.Combine(_project.Run, "checkpoints", "index.json")));
        Assert.DoesNotContain("checkpoint epoch", File.ReadAllText(Path.Combine(_project.Run, "train.log")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fsync:error=EINVAL")]
    [InlineData("fsync:error=EOPNOTSUPP")]
    [InlineData("fsync:error=ENOSYS")]
    [InlineData("fsync:error=EINTR:when=1+2")]
    public void Missing_fsync_support_and_interrupted_calls_are_not_failures(string fault)
    {
        (CommandOutput output, string[] calls) = Train(fault);
        output.Ends(0);
        Assert.InRange(calls.Count(c => c.Contains("(INJECTED)", StringComparison.Ordinal)), 12, 1000);
        Assert.Equal("finished", (string?)JsonNode.Parse(File.ReadAllText(Path.Combine(_project.Run, "run.json")))!["status"]);
    }

    public void Dispose() => _project.Dispose();

    private (CommandOutput Output, string[] Calls) Train(string fault)
        => Strace.Regimen(fault, _project.Folder.FullPath, "train", "--quiet", "model.hidden=4", "trainer.epochs=1", "threads=1", $"data.root={_project.Data}");
}
