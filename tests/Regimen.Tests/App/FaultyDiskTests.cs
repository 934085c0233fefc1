using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests that a checkpoint that can't be written ends the run and leaves the previous one intact, and that the run can be resumed to
/// the bits of an uninterrupted run once the disk works again.</summary>
public sealed class FaultyDiskTests : IDisposable
{
    private static readonly string[] Config = ["model.hidden=4", "trainer.epochs=6", "loader.batch_size=32", "early_stopping=none", "threads=1", "--quiet"];
    private readonly ProjectFolder _project = new();

    [Fact]
    public void A_full_disk()
    {
        using TinyDisk disk = TinyDisk.Mount();
        Survives(disk["runs"], disk.Fill, disk.Empty);
    }

    [Fact]
    public void A_read_only_disk()
    {
        using TinyDisk disk = TinyDisk.Mount();
        Survives(disk["runs"], () => disk.Remount(readOnly: true), () => disk.Remount(readOnly: false));
    }

    [Fact]
    public void A_failing_rename()
    {
        string inTheWay = string.Empty;
        Survives(
            _project.Folder["runs"],
            () => File.WriteAllText(inTheWay = Path.Combine(_project.Run, "checkpoints", "epoch-0003"), "a file is where the folder should be"),
            () => File.Delete(inTheWay));
    }

    public void Dispose() => _project.Dispose();

    private void Survives(string runs, Action breakIt, Action mendIt)
    {
        _project.Train([.. Config, $"runs={_project.Folder["whole"]}"]).Ends(0);
        RunBits whole = RunBits.Of(Directory.GetDirectories(_project.Folder["whole"]).Single());

        // Two epochs are recorded, then the fault begins, then the run is resumed.
        _project.Train([.. Config, "trainer.epochs=2", $"runs={runs}"]).Ends(0);
        string run = Directory.GetDirectories(runs).Single();
        string before = File.ReadAllText(Path.Combine(run, "checkpoints", "index.json"));
        foreach (string ofTheEnd in (string[])["findings.json", "report.html"])
        {
            // A run that goes on removes them, which would make room on a full disk.
            File.Delete(Path.Combine(run, ofTheEnd));
        }

        breakIt();
        CommandOutput failed = _project.Do("resume", run, "trainer.epochs=6", "--quiet");
        Assert.Contains(failed.ExitCode, (int[])[1, 2]);
        Assert.StartsWith($"error: {runs}", failed.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(Path.Combine(run, "checkpoints", "index.json")));
        Assert.Equal("epoch-0002", _project.Do("evaluate", Path.Combine(run, "checkpoints", "epoch-0002"), "--json").Ends(0).Json["checkpoint"]!.GetValue<string>());

        mendIt();
        string[] changes = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!["resumed"]!.AsArray().Count == 0 ? ["trainer.epochs=6"] : [];
        _project.Do(["resume", run, "--quiet", .. changes]).Ends(0);
        whole.AssertEqual(RunBits.Of(run));
    }
}
