using System.Diagnostics;
using Regimen.Catalog;
using Regimen.Configuration;

namespace Regimen.Tests.Configuration;

/// <summary>A config is composed without libtorch, which takes longer to load than all the rest. Other tests have loaded it into this
/// process already, so one of its own is asked.</summary>
public sealed class NativeLoadingTests
{
    private const string InItsOwnProcess = "REGIMEN_TEST_IN_ITS_OWN_PROCESS";

    [Fact]
    public async Task Composing_and_listing_load_no_libtorch()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "What a process has loaded is read from /proc.");
        if (Environment.GetEnvironmentVariable(InItsOwnProcess) is not null)
        {
            Compose();
            Assert.DoesNotContain("libtorch", File.ReadAllText("/proc/self/maps"), StringComparison.OrdinalIgnoreCase);
            return;
        }

        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardOutput = true,
            ArgumentList = { "--filter-method", $"{typeof(NativeLoadingTests).FullName}.{nameof(Composing_and_listing_load_no_libtorch)}" },
            Environment = { [InItsOwnProcess] = "1" },
        };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Insert(0, typeof(NativeLoadingTests).Assembly.Location);
        }

        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output);
        Assert.Contains("succeeded: 1", output, StringComparison.Ordinal);
    }

    private static void Compose()
    {
        var request = new ConfigRequest { WorkingDirectory = AppContext.BaseDirectory, Arguments = ["model=cnn", "experiment=course_sgd"] };
        ComponentCatalog catalog = ComponentCatalog.From(typeof(ComponentCatalog).Assembly);
        ComposedConfig composed = ConfigComposer.Compose(catalog, request);
        Assert.NotEmpty(composed.Config.ToYaml());
        Assert.NotEmpty(ConfigSchema.For(catalog, request).Groups);
    }
}
