using System.Diagnostics;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

[Collection(OtherProcesses.Name)]
public sealed class OpenFileLimitTests
{
    [Theory]
    [InlineData(100)]
    [InlineData(64)]
    public void A_low_limit_of_open_files_is_reported(int limit)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "ulimit exists on Unix only");
        (int exit, string output, string error) = Run(limit, "inspect config");
        Assert.Equal((2, string.Empty), (exit, output));
        Assert.Equal($"error: The limit of open files is too low\n  expected at least 256; received {limit}\n  Raise the limit of this shell: ulimit -n 1024\n", error);
        (exit, output, error) = Run(limit, "inspect config --json");
        Assert.Equal((2, string.Empty), (exit, error));
        Assert.Equal($"{limit}", System.Text.Json.Nodes.JsonNode.Parse(output)!["errors"]![0]!["received"]!.GetValue<string>());
    }

    [Fact]
    public void A_run_succeeds_with_the_minimum_limit()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "ulimit exists on Unix only");
        using var project = new ProjectFolder();
        Assert.Equal(0, Run(256, $"train data.root={project.Data} trainer.epochs=1 runs={project.Runs}").Exit);
    }

    private static (int Exit, string Output, string Error) Run(int limit, string command)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Regimen.Cli.dll");
        using Process process = Process.Start(new ProcessStartInfo("bash", ["-c", $"ulimit -n {limit}; exec dotnet '{program}' {command}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.GetAwaiter().GetResult(), error);
    }
}
