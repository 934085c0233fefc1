using System.Diagnostics;

namespace Regimen.Tests.Configuration;

/// <summary>A config is composed without libtorch, which takes longer to load than all the rest. This process has loaded it already, so
/// another one is asked before anything else runs in it.</summary>
public sealed class NativeLoadingTests
{
    [Fact]
    public async Task Printing_listing_and_refusing_load_no_libtorch()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "What a process has loaded is read from /proc.");
        string tests = typeof(NativeLoadingTests).Assembly.Location;
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_STARTUP_HOOKS"] = tests },
        };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(tests);
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        const int loadedNothing = 17;
        Assert.True(process.ExitCode == loadedNothing, $"{process.ExitCode}: {error}{await output}");
    }
}
