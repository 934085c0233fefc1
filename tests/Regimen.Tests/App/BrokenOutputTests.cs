using System.Text;
using System.Text.Json.Nodes;
using Regimen.App;
using Regimen.App.Hosting;
using Regimen.Tests.TestKit;
using Spectre.Console.Testing;

namespace Regimen.Tests.App;

/// <summary>Tests that output that can't be written, as on a full disk, fails a command whose result it is, but not a training.</summary>
public sealed class BrokenOutputTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Theory]
    [InlineData("doctor", "--json")]
    [InlineData("doctor")]
    [InlineData("runs")]
    [InlineData("inspect", "config")]
    [InlineData("train", "--help")]
    [InlineData("train", "--print-config")]
    [InlineData("train", "no=such", "--json")]
    public void A_command_whose_output_fails_reports_an_error(params string[] args)
    {
        (int exitCode, string error) = Do(roomFor: 0, args);
        Assert.Equal(args.Contains("no=such") ? 2 : 1, exitCode);
        Assert.StartsWith("error: ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(300)]
    public void A_training_continues_without_its_output(int roomFor)
    {
        (int exitCode, string error) = Do(roomFor, "train", $"data.root={_project.Data}", "trainer.epochs=3");
        Assert.Equal(0, exitCode);
        Assert.Equal(1, error.Split('\n').Count(l => l.StartsWith("note: The output can no longer be written: No space left", StringComparison.Ordinal)));
        JsonNode record = JsonNode.Parse(File.ReadAllText(Path.Combine(_project.Run, "run.json")))!;
        Assert.Equal(("finished", 3), (record["status"]!.GetValue<string>(), record["epochs"]!.GetValue<int>()));
    }

    [Fact]
    public void A_training_fails_if_its_JSON_document_can_not_be_written()
    {
        (int exitCode, string error) = Do(0, "train", $"data.root={_project.Data}", "trainer.epochs=1", "--json");
        Assert.Equal(1, exitCode);
        Assert.StartsWith("error: standard output: The output can't be written", error, StringComparison.Ordinal);
    }

    public void Dispose() => _project.Dispose();

    private (int ExitCode, string Error) Do(int roomFor, params string[] args)
    {
        using var error = new StringWriter { NewLine = "\n" };
        using var console = new TestConsole();
        using var output = new FullDisk(roomFor);
        var host = new AppHost { Out = output, Error = error, Console = console, IsTerminal = false, WorkingDirectory = _project.Folder.FullPath };
        return (RegimenApp.RunAsync(args, host).GetAwaiter().GetResult(), error.ToString());
    }

    /// <summary>A writer that accepts a number of characters and then fails.</summary>
    private sealed class FullDisk(int room) : TextWriter
    {
        private int _left = room;

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            if (_left-- <= 0)
            {
                throw new IOException("No space left on device");
            }
        }
    }
}
