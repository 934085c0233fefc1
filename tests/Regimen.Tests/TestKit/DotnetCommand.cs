using System.Diagnostics;
using System.Globalization;

namespace Regimen.Tests.TestKit;

/// <summary>Runs the <c>dotnet</c> command as a user would.</summary>
internal static class DotnetCommand
{
    /// <summary>The collection of tests that build the projects of the repository; at the same time they would write the same files.</summary>
    public const string Builds = "builds";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    /// <summary>The configuration of the tests, in which everything else is already built.</summary>
    public static string Configuration { get; } =
        AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug";

    private static string Program => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    /// <summary>Runs the command and returns its output; any exit code but 0 fails the test.</summary>
    /// <param name="folder">The working directory.</param>
    /// <param name="arguments">The arguments of the command.</param>
    public static string Run(string folder, params string[] arguments) => Run(folder, new Dictionary<string, string>(), arguments);

    /// <summary>The same with variables added to the environment.</summary>
    public static string Run(string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments) => Run(Program, arguments, folder, environment);

    /// <summary>Runs the command and returns its exit code and what it printed.</summary>
    public static CommandOutput Do(string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments) => Do(Program, arguments, folder, environment);

    /// <summary>The same as Run, with the processor time of the command and of all processes that it started and waited for; 0 on Windows.</summary>
    public static (string Output, TimeSpan Used) Measure(string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        if (OperatingSystem.IsWindows())
        {
            return (Run(folder, environment, arguments), TimeSpan.Zero);
        }

        // The shell's second line of times is that of its children: user's and system's, as 0m1.230s.
        string times = Path.GetTempFileName();
        string output = Run("/bin/sh", ["-c", "\"$@\"; status=$?; times > \"$0\"; exit $status", times, Program, .. arguments], folder, environment);
        double[] seconds = [.. File.ReadAllLines(times)[1].Split(' ').Select(Seconds)];
        File.Delete(times);
        return (output, TimeSpan.FromSeconds(seconds.Sum()));
    }

    private static double Seconds(string text)
    {
        string[] parts = text.TrimEnd('s').Split('m');
        return (60 * int.Parse(parts[0], CultureInfo.InvariantCulture)) + double.Parse(parts[1], CultureInfo.InvariantCulture);
    }

    private static string Run(string program, string[] arguments, string folder, IReadOnlyDictionary<string, string> environment)
    {
        CommandOutput output = Do(program, arguments, folder, environment);
        Assert.True(output.ExitCode == 0, $"{string.Join(' ', arguments)}: {output.ExitCode}\n{output.Out}\n{output.Error}");
        return output.Out;
    }

    /// <summary>Runs another program and returns what it printed.</summary>
    public static CommandOutput Do(string program, string[] arguments, string folder, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["MSBUILDDISABLENODEREUSE"] = "1" },
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{string.Join(' ', arguments)} did not end within {Limit}.");
        }

        return new CommandOutput(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }
}
