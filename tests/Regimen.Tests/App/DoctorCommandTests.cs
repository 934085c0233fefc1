using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

public sealed class DoctorCommandTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void Doctor_reports_that_this_machine_can_train_and_the_data_folder()
    {
        CommandOutput output = _project.Do("doctor").Ends(0);
        Assert.Empty(output.Error);
        Assert.Contains($"MNIST is in {_project.Data}", output.Out, StringComparison.Ordinal);
        Assert.Contains($"{_project.Runs} is writable", output.Out, StringComparison.Ordinal);
        Assert.Equal("This machine can train.", output.Lines[^1]);
        Assert.False(output.Out.EndsWith("\n\n", StringComparison.Ordinal), "an empty line at the end");
        Assert.False(Directory.Exists(_project.Runs));
    }

    [Fact]
    public void The_JSON_report_has_the_same_checks()
    {
        JsonNode json = _project.Do("doctor", "--json").Ends(0).Json;
        Assert.True(json["can_train"]!.GetValue<bool>());
        Assert.Contains(json["checks"]!.AsArray(), c => c!["name"]!.GetValue<string>() == "data" && c["state"]!.GetValue<string>() == "ok");
    }

    [Fact]
    public void Missing_data_is_a_warning_and_a_blocked_runs_folder_a_problem()
    {
        File.Delete(Path.Combine(_project.Data, "t10k-labels-idx1-ubyte"));
        Assert.Contains("warning  data", _project.Do("doctor").Ends(0).Out, StringComparison.Ordinal);
        _project.Folder.Write("runs", "x"u8);
        CommandOutput output = _project.Do("doctor").Ends(1);
        Assert.Contains("problem  runs", output.Out, StringComparison.Ordinal);
        Assert.Equal("This machine can't train yet: see the problems above.", output.Lines[^1]);
    }

    public void Dispose() => _project.Dispose();
}
