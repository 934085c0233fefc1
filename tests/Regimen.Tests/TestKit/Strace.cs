using System.Diagnostics;

namespace Regimen.Tests.TestKit;

/// <summary>Runs Regimen's program with system calls that strace makes fail. Without strace the test is skipped.</summary>
internal static class Strace
{
    /// <summary>Runs a command.</summary>
    /// <param name="fault">The fault, in the syntax of strace's <c>inject</c>: <c>fsync:error=EIO:when=2</c>.</param>
    /// <param name="folder">The working directory.</param>
    /// <param name="args">Regimen's arguments.</param>
    /// <returns>The output of the command, and a line for each such call.</returns>
    public static (CommandOutput Output, string[] Calls) Regimen(string fault, string folder, params string[] args)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "strace exists on Linux only");
        Assert.SkipUnless(Run("strace", folder, "-f", "-o", "/dev/null", "true") is { ExitCode: 0 }, "strace is not installed, or is not permitted here: apt-get install strace");
        string call = fault.Split(':')[0];
        string trace = Path.Combine(folder, $"{call}.strace");
        string program = Path.Combine(AppContext.BaseDirectory, "Regimen.Cli.dll");
        CommandOutput output = Run(
            "strace", folder, ["-f", "-y", "-qq", "-o", trace, "-e", $"trace={call}", "-e", $"inject={fault}", Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", program, .. args])!;
        return (output, [.. File.ReadAllLines(trace).Where(l => l.Contains($"{call}(", StringComparison.Ordinal))]);
    }

    private static CommandOutput? Run(string program, string folder, params string[] args)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, args) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return new CommandOutput(process.ExitCode, output, error.GetAwaiter().GetResult());
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
