using System.Diagnostics;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Configuration;

/// <summary>Configs are composed and runs are listed without TorchSharp and libtorch, which take longer to load than all the rest. This process has loaded it already, so
/// another one is asked before anything else runs in it.</summary>
public sealed class NativeLoadingTests
{
    [Fact]
    public async Task Printing_listing_and_refusing_load_neither_TorchSharp_nor_libtorch()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "What a process has loaded is read from /proc.");
        using var project = new ProjectFolder();
        project.Train("name=a", "model.hidden=2").Ends(0);
        project.Train("name=b", "model.hidden=32").Ends(0);
        string tests = typeof(NativeLoadingTests).Assembly.Location;
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_STARTUP_HOOKS"] = tests, [StartupHook.Project] = project.Folder.FullPath },
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
