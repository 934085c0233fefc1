using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>A disk that reports at fsync that it has not taken what was written: the run fails. Kinds of files that have no fsync do not
/// matter, and an interrupted call is made again.</summary>
public sealed class FailingFsyncTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void A_file_that_the_disk_did_not_take_ends_the_run()
    {
        (CommandOutput output, string[] calls) = Train("fsync:error=EIO");
        output.Ends(1);
        Assert.Contains("config.yaml", output.Error, StringComparison.Ordinal);
        Assert.Contains("Input/output error", output.Error, StringComparison.Ordinal);
        Assert.Single(calls);
    }

    [Fact]
    public void So_does_a_folder_whose_entries_it_did_not_take()
    {
        // The first call is that of config.yaml's bytes, the second that of the folder which it was renamed in.
        (CommandOutput output, string[] calls) = Train("fsync:error=EIO:when=2");
        output.Ends(1);
        Assert.Contains("Input/output error", output.Error, StringComparison.Ordinal);
        Assert.Matches("fsync\\([0-9]+<[^>]*/runs/[^/>]*>\\) += -1 EIO", calls[1]);
    }

    [Fact]
    public void A_checkpoint_that_the_disk_did_not_take_is_none()
    {
        // strace counts by thread. The main one makes seven: config.yaml and run.json, each with its folder, the folder of all runs, and
        // run.json with its folder again when the data's fingerprint is known. The writer's eighth is within the checkpoint, after steps,
        // metrics, TensorBoard, the run's folder, the weights and the optimizer's state.
        (CommandOutput output, string[] calls) = Train("fsync:error=EIO:when=8+");
        output.Ends(1);
        Assert.Contains("/checkpoints", calls.First(c => c.Contains("(INJECTED)", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_project.Run, "checkpoints", "index.json")));
        Assert.DoesNotContain("checkpoint epoch", File.ReadAllText(Path.Combine(_project.Run, "train.log")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fsync:error=EINVAL")]
    [InlineData("fsync:error=EOPNOTSUPP")]
    [InlineData("fsync:error=ENOSYS")]
    [InlineData("fsync:error=EINTR:when=1+2")]
    public void What_has_no_fsync_and_what_was_interrupted_is_no_failure(string fault)
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
