using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests that a run with a relative path to its data works from any folder, and that the commands accept the new path of moved data,
/// if its fingerprint is the same.</summary>
[Collection(OtherProcesses.Name)]
public sealed class MovedDataTests : IDisposable
{
    private readonly ProjectFolder _project = new();
    private readonly TemporaryFolder _elsewhere = new();
    private readonly string _run;

    public MovedDataTests()
    {
        string rows = string.Join('\n', Enumerable.Range(0, 41).Select(i => $"{i * 7 % 13},{i * 5 % 11},{(i % 3 == 0 ? "u" : "v")}"));
        _project.Folder.Write("tables/t.csv", System.Text.Encoding.UTF8.GetBytes($"a,b,y\n{rows}\n"));
        _project.DoAsProcess("train", "data=csv", "data.path=tables/t.csv", "data.target=[y]", "model.hidden=4", "loader.batch_size=8", "trainer.epochs=2", "threads=1", "--quiet").Ends(0);
        _run = _project.Run;
    }

    private string Table => _project.Folder["tables/t.csv"];

    [Fact]
    public void A_relative_path_works_from_another_folder()
    {
        Assert.Equal(Real(_project.Folder.FullPath), Real((string)JsonNode.Parse(File.ReadAllText(Path.Combine(_run, "run.json")))!["working_directory"]!));
        Assert.Contains("  path: tables/t.csv\n", File.ReadAllText(Path.Combine(_run, "config.yaml")), StringComparison.Ordinal);
        From("evaluate", _run).Ends(0);
        From("evaluate", Path.Combine(_run, "checkpoints", "epoch-0002")).Ends(0);
        From("verify", _run, "--quiet").Ends(0);
        From("resume", _run, "trainer.epochs=3", "--quiet").Ends(0);
        Assert.Contains("  path: tables/t.csv\n", File.ReadAllText(Path.Combine(_run, "config.yaml")), StringComparison.Ordinal);
    }

    [Fact]
    public void Moved_data_is_found_at_the_given_path()
    {
        File.Move(Table, _elsewhere["moved table.csv"]);
        From("evaluate", _run).Ends(2);
        From("verify", _run).Ends(2);
        From("resume", _run, "trainer.epochs=3").Ends(2);
        foreach (string path in (string[])["moved table.csv", _elsewhere["moved table.csv"]])
        {
            From("evaluate", _run, $"data.path={path}").Ends(0);
            From("verify", _run, $"data.path={path}", "--quiet").Ends(0);
        }

        From("resume", _run, "trainer.epochs=3", "data.path=moved table.csv", "--quiet").Ends(0);

        // The new path is in the config, so verify needs no argument.
        From("verify", _run, "--quiet").Ends(0);
        JsonNode resumed = JsonNode.Parse(File.ReadAllText(Path.Combine(_run, "run.json")))!["resumed"]![0]!;
        Assert.Equal(["trainer.epochs", "data.path"], resumed["changed"]!.AsObject().Select(c => c.Key).OrderDescending(StringComparer.Ordinal));
    }

    [Fact]
    public void Other_data_is_refused_by_its_fingerprint()
    {
        File.WriteAllText(_elsewhere["t.csv"], File.ReadAllText(Table).Replace(",u\n", ",v\n", StringComparison.Ordinal).Replace("0,0,v", "0,0,u", StringComparison.Ordinal));
        foreach (string[] command in (string[][])[["evaluate", _run], ["resume", _run, "trainer.epochs=3"]])
        {
            CommandOutput output = From([.. command, "data.path=t.csv"]).Ends(2);
            Assert.Contains("The data is not the data that the run was trained on", output.Error, StringComparison.Ordinal);
        }

        Assert.Contains("The data is not the data that the run was trained on", From("verify", _run, "data.path=t.csv").Ends(1).Out, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _project.Dispose();
        _elsewhere.Dispose();
    }

    private static string Real(string path) => new DirectoryInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;

    private CommandOutput From(params string[] args)
    {
        using CommandProcess process = CommandProcess.Regimen(_elsewhere.FullPath, args);
        return process.WaitForEnd();
    }
}
