using System.Diagnostics;
using Regimen.App;

namespace Regimen.Tests.App;

/// <summary>Too few open files are told before .NET fails to load its own parts.</summary>
public sealed class OpenFileLimitTests
{
    [Theory]
    [InlineData(64, true)]
    [InlineData(159, true)]
    [InlineData(160, false)]
    [InlineData(ulong.MaxValue, false)]
    public void A_limit_below_what_a_training_needs_is_a_problem(ulong files, bool refused) => Assert.Equal(refused, OpenFileLimit.Of(files) is not null);

    [Fact]
    public void A_process_with_64_files_ends_with_a_sentence()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the limit is asked of Linux");
        string program = Path.Combine(AppContext.BaseDirectory, "Regimen.Cli.dll");
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"ulimit -n 64; exec dotnet '{program}' train data=csv data.path=none.csv 'data.target=[y]'"]) { RedirectStandardError = true, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(2, process.ExitCode);
        Assert.Contains("ulimit -n: This process may have too few files open", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }
}
