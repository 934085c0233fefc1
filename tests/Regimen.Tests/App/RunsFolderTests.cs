using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests that every command uses <c>runs: FOLDER</c> of configs/train.yaml.</summary>
public sealed class RunsFolderTests : IDisposable
{
    private const string Variable = "REGIMEN_TEST_RUNS_FOLDER";
    private readonly ProjectFolder _project = new();

    [Theory]
    [InlineData("runs: experiments", "experiments")]
    [InlineData("runs: ${env:" + Variable + "}/of mine", "shared/of mine")]
    public void Every_command_uses_the_runs_folder(string line, string folder)
    {
        Environment.SetEnvironmentVariable(Variable, "shared");
        WriteDefaults(line);
        string run = _project.Train().Ends(0).Lines.First(l => l.StartsWith("run ", StringComparison.Ordinal) && l.Contains(folder, StringComparison.Ordinal))[4..].Trim();
        string name = Path.GetFileName(run);
        Assert.True(Directory.Exists(_project.Folder[$"{folder}/{name}"]));
        Assert.False(Directory.Exists(_project.Runs));
        Assert.Contains(name, _project.Do("runs", "--csv").Ends(0).Out, StringComparison.Ordinal);
        foreach (string[] command in (string[][])[["runs", "show"], ["evaluate"], ["verify"], ["resume"]])
        {
            _project.Do([.. command, "latest"]).Ends(0);
            _project.Do([.. command, name]).Ends(0);
            Assert.Contains("no run yet", _project.Do([.. command, "latest", "--runs", "elsewhere"]).Ends(2).Error, StringComparison.Ordinal);
        }

        _project.Do("runs", "compare", name, "latest").Ends(0);
        Assert.Contains($"{_project.Folder[folder]} is writable", _project.Do("doctor").Ends(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void An_incomplete_default_config_still_names_the_runs_folder()
    {
        WriteDefaults("runs: experiments", data: "csv");
        Assert.Contains(_project.Folder["experiments"], _project.Do("runs").Ends(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_runs_key_that_is_invalid_is_reported()
    {
        WriteDefaults("runs: [a]");
        Assert.Contains("configs/train.yaml", _project.Do("runs").Ends(2).Error, StringComparison.Ordinal);
        Assert.Contains("problem  runs", _project.Do("doctor").Ends(1).Out, StringComparison.Ordinal);
        _project.Do("runs", "--runs", "runs").Ends(0);
    }

    public void Dispose() => _project.Dispose();

    private void WriteDefaults(string runs, string data = "mnist") => _project.Folder.Write("configs/train.yaml", System.Text.Encoding.UTF8.GetBytes(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "configs", "train.yaml"))
            .Replace("\nruns: runs", "\n" + runs, StringComparison.Ordinal)
            .Replace("\ndata: mnist", "\ndata: " + data, StringComparison.Ordinal)));
}
