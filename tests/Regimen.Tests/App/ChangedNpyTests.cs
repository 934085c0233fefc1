using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests that a npy file that is changed during a training fails the run, and does not crash the process.</summary>
[Collection(OtherProcesses.Name)]
public sealed class ChangedNpyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("cut")]
    [InlineData("emptied")]
    [InlineData("rewritten")]
    public void The_run_ends_as_failed_and_names_the_file(string change)
    {
        byte[] x = NpyBytes.Of([.. Enumerable.Range(0, 1003 * 7).Select(i => (float)(i * 37 % 101))], 1003, 7);
        string path = _folder.Write("x_train.npy", x);
        _folder.Write("y_train.npy", NpyBytes.Of([.. Enumerable.Range(0, 1003).Select(i => i % 13 * 1000.5)], 1003));
        using CommandProcess process = CommandProcess.Regimen(
            _folder.FullPath, "train", "data=npy", "objective=mse", "trainer.epochs=1000000", "early_stopping=none", "checkpoint.keep=1");
        process.WaitForLine(l => l.StartsWith("2/1000000", StringComparison.Ordinal));
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            switch (change)
            {
                case "cut":
                    file.SetLength(file.Length - 1001);
                    break;
                case "emptied":
                    file.SetLength(0);
                    break;
                default:
                    file.Write(x);
                    break;
            }
        }

        CommandOutput output = process.WaitForEnd();
        Assert.Equal(1, output.ExitCode);
        Assert.Contains("x_train.npy: The file was changed while it was in use", output.Error, StringComparison.Ordinal);
        string run = Directory.GetDirectories(_folder["runs"]).Single();
        Assert.Equal("failed", JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!["status"]!.GetValue<string>());
    }
}
