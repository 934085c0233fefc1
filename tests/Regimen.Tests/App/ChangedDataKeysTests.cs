using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests which keys of a recorded run's data can be changed.</summary>
public sealed class ChangedDataKeysTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void Only_the_paths_of_the_data_can_be_changed()
    {
        // One run for all cases: a refusal does not depend on the folder that the commands are run in.
        string rows = string.Join('\n', Enumerable.Range(0, 41).Select(i => $"{i * 7 % 13},{i * 5 % 11},{(i % 3 == 0 ? "u" : "v")}"));
        string table = _project.Folder.Write("tables/t.csv", System.Text.Encoding.UTF8.GetBytes($"a,b,y\n{rows}\n"));
        _project.Do("train", "data=csv", $"data.path={table}", "data.target=[y]", "model.hidden=4", "loader.batch_size=8", "trainer.epochs=1", "threads=1", "--quiet").Ends(0);
        foreach (string change in (string[])["data.paht=t.csv", "data.path=", "data.path", "data.root=t.csv", "model.hidden=5"])
        {
            foreach (string command in (string[])["evaluate", "verify"])
            {
                CommandOutput output = _project.Do(command, _project.Run, change);
                Assert.True(output.ExitCode == 2 && output.Error.Contains("data.path=PATH", StringComparison.Ordinal), $"{command} {change}: {output.ExitCode}\n{output.Error}");
            }
        }
    }

    public void Dispose() => _project.Dispose();
}
