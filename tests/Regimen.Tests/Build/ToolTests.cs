using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Build;

/// <summary>All packages by the one command, with the tool, from two clones of the current commit in folders with names of different length.</summary>
[Collection(DotnetCommand.Builds)]
public sealed class ToolTests : IDisposable
{
    private const long LargestPackage = 250_000_000;
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Packages_of_two_clones_have_the_same_bytes_and_the_installed_tool_trains_on_its_own_data()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "packs the tool twice, in four minutes: REGIMEN_LONG=1");
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The tool that runs here is the one for Linux.");
        Pack(Repository.Root, "a");

        // From the first clone, because the commit of the repository may change meanwhile.
        Pack(_folder["a"], "another/folder");
        string[] packages = [.. Directory.GetFiles(_folder["a/packages"]).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
        Assert.Contains(packages, p => p.StartsWith("Regimen.linux-x64.", StringComparison.Ordinal));
        Assert.All(packages, p =>
        {
            Assert.InRange(new FileInfo(_folder[$"a/packages/{p}"]).Length, 1, LargestPackage);
            Assert.True(File.ReadAllBytes(_folder[$"a/packages/{p}"]).AsSpan().SequenceEqual(File.ReadAllBytes(_folder[$"another/folder/packages/{p}"])), p);
        });
        LacksWhatIsNotLoaded(packages.Single(p => p.StartsWith("Regimen.linux-x64.", StringComparison.Ordinal)));

        // A folder of its own for what dotnet keeps, and no feed but the packages.
        Dictionary<string, string> environment = new() { ["DOTNET_CLI_HOME"] = _folder["home"], ["NUGET_PACKAGES"] = _folder["restored"] };
        _folder.Write("work/nuget.config", Encoding.UTF8.GetBytes($"""
            <configuration><packageSources><clear /><add key="packed" value="{_folder["a/packages"]}" /></packageSources></configuration>
            """));
        DotnetCommand.Run(_folder["work"], environment, "tool", "install", "regimen", "--tool-path", "tools");
        Assert.NotNull(Train(_folder["work/tools/regimen"], environment, "train", "trainer.epochs=1", "data.limit=500", "--json")["test"]!["accuracy"]);
        Assert.NotNull(Train("dotnet", environment, "dnx", "regimen", "--yes", "train", "experiment=gpt", "debug=fast", "--json")["test"]);
    }

    public void Dispose() => _folder.Dispose();

    private void Pack(string repository, string clone)
    {
        using var git = Process.Start("git", ["clone", "--quiet", "--shared", repository, _folder[clone]]);
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
        DotnetCommand.Run(_folder[clone], "pack", "-c", "Release", "-o", "packages", "-p:RunAnalyzers=false", "-p:ToolPackageRuntimeIdentifiers=linux-x64", "--nologo", "-v", "q");
    }

    private void LacksWhatIsNotLoaded(string tool)
    {
        using ZipArchive package = ZipFile.OpenRead(_folder[$"a/packages/{tool}"]);
        Assert.DoesNotContain(package.Entries, e => e.Name.Contains("torch_python", StringComparison.Ordinal) || e.Name.Contains("_test.so", StringComparison.Ordinal));
        Assert.All(
            ["LibTorchSharp.so", "data/mnist/train-images-idx3-ubyte.gz", "data/mnist/README.md", "licences/THIRD-PARTY-NOTICES.md", "licences/libtorch-cpu-linux-x64/LICENSE-LIBTORCH.txt"],
            f => Assert.NotNull(package.GetEntry($"tools/net10.0/linux-x64/{f}")));
    }

    private JsonNode Train(string program, Dictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = _folder["work"], RedirectStandardOutput = true };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return JsonNode.Parse(output)!;
    }
}
