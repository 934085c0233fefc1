using Regimen.App.Commands;
using Regimen.App.Hosting;
using Regimen.Tests.TestKit;
using Spectre.Console.Testing;

namespace Regimen.Tests.App;

/// <summary>Tests one process of a search for the largest batch.</summary>
public sealed class BatchTrialTests
{
    [Fact]
    public void A_process_that_the_system_kills_counts_as_one_that_does_not_fit()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGKILL.");
        using var folder = new TemporaryFolder();
        using var console = new TestConsole();
        var host = new AppHost { Out = TextWriter.Null, Error = TextWriter.Null, Console = console, IsTerminal = false, WorkingDirectory = folder.FullPath, Program = ["/bin/sh", "-c", "kill -9 $$"] };
        BatchTrial trial = BatchTrial.Run(host, [], 64, 1L << 30);
        Assert.Equal((64, false), (trial.Size, trial.Fits));
        Assert.Contains("137", trial.Reason, StringComparison.Ordinal);
    }
}
