using System.Diagnostics;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Configuration;

/// <summary>Composing configs and listing runs must not load TorchSharp and libtorch, which would dominate the start-up time. This process has
/// already loaded them, so the test starts another one.</summary>
public sealed class NativeLoadingTests
{
    [Fact]
    public async Task Commands_that_only_read_configs_and_records_load_neither_TorchSharp_nor_libtorch()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Loaded libraries are read from /proc.");
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
