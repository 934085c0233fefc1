using System.Text;
using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Build;

/// <summary>Packs the assemblies, and builds and runs a program that references them as packages.</summary>
[Collection(DotnetCommand.Builds)]
public sealed class PackageTests : IDisposable
{
    private static readonly string[] Libraries = ["Regimen.Records", "Regimen.Analysis", "Regimen", "Regimen.Experiments", "Regimen.Sweeps", "Regimen.Dashboard", "Regimen.Export", "Regimen.Serving", "Regimen.App"];
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_program_that_references_the_package_has_the_configs_and_trains_and_is_warned_without_libtorch()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The program references the libtorch package for Linux.");
        foreach (string library in Libraries)
        {
            string project = Path.Combine(Repository.Root, "src", library, $"{library}.csproj");
            DotnetCommand.Run(_folder.FullPath, "pack", project, "-c", DotnetCommand.Configuration, "-o", _folder["packages"], "--nologo", "-v", "q");
        }

        _folder.Write("Program.cs", "return await Regimen.App.RegimenApp.RunAsync(args);"u8);
        TinyMnist.Write(_folder, "data/mnist");

        WriteProject("""<PackageReference Include="Regimen.App" Version="*" />""", "<RegimenTorch>cpu</RegimenTorch>");
        string warned = DotnetCommand.Run(_folder.FullPath, "build", "Outside.csproj", "--nologo");
        Assert.Contains("REGIMEN001", warned, StringComparison.Ordinal);
        Assert.Contains("RegimenTorch=cpu has no effect", warned, StringComparison.Ordinal);
        Assert.All(Libraries, l => Assert.True(Directory.Exists(_folder[$"restored/{l.ToLowerInvariant()}"]), l));

        WriteProject("""<PackageReference Include="Regimen.App" Version="*" /><PackageReference Include="libtorch-cpu-linux-x64" Version="2.10.0" />""");
        string built = DotnetCommand.Run(_folder.FullPath, "build", "Outside.csproj", "--nologo", "-o", "built");
        Assert.DoesNotContain("REGIMEN001", built, StringComparison.Ordinal);
        string output = DotnetCommand.Run(_folder.FullPath, "built/Outside.dll", "train", "trainer.epochs=1", "data.limit=24", "loader.batch_size=7", "--json");
        Assert.NotNull(JsonNode.Parse(output)!["test"]!["accuracy"]);
        Assert.True(File.Exists(_folder["built/configs/schema/config.json"]));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Writes a project that takes the packages of Regimen from this test's folder, and all others from the user's.</summary>
    private void WriteProject(string references, string properties = "")
    {
        string users = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        _folder.Write("Outside.csproj", Encoding.UTF8.GetBytes($"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <RestorePackagesPath>{_folder["restored"]}</RestorePackagesPath>
                <RestoreFallbackFolders>{users}</RestoreFallbackFolders>
                <RestoreAdditionalProjectSources>{_folder["packages"]}</RestoreAdditionalProjectSources>
                <CreateHardLinksForCopyLocalIfPossible>true</CreateHardLinksForCopyLocalIfPossible>
                {properties}
              </PropertyGroup>
              <ItemGroup>{references}</ItemGroup>
            </Project>
            """));
    }
}
