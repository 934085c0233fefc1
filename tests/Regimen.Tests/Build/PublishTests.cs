using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Build;

/// <summary>Publishes and runs a project outside the repository with one reference to Regimen, as a user would.</summary>
[Collection(DotnetCommand.Builds)]
public sealed class PublishTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Published for any system and for one, where the libraries are in different folders. TorchSharp is called before Regimen.</summary>
    [Theory]
    [InlineData]
    [InlineData("-r", "linux-x64", "--self-contained", "false")]
    public void A_published_program_starts_and_trains(params string[] options)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only the library for Linux is changed.");
        Assert.SkipUnless(options.Length > 0 || Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "publishes for a minute: REGIMEN_LONG=1");
        string build = Path.Combine(Repository.Root, "build", "LibTorch.targets");
        string library = Path.Combine(Repository.Root, "src", "Regimen.App", "Regimen.App.csproj");
        _folder.Write("Outside.csproj", System.Text.Encoding.UTF8.GetBytes($"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <RegimenTorch>cpu</RegimenTorch>
                <CreateHardLinksForCopyLocalIfPossible>true</CreateHardLinksForCopyLocalIfPossible>
                <CreateHardLinksForPublishFilesIfPossible>true</CreateHardLinksForPublishFilesIfPossible>
              </PropertyGroup>
              <ItemGroup>
                <ProjectReference Include="{library}" />
              </ItemGroup>
              <Import Project="{build}" />
            </Project>
            """));
        _folder.Write("Program.cs", """
            using var first = TorchSharp.torch.ones(3);
            return first.sum().item<float>() == 3 ? await Regimen.App.RegimenApp.RunAsync(args) : 99;
            """u8);
        TinyMnist.Write(_folder, "data/mnist");
        DotnetCommand.Run(_folder.FullPath, ["publish", "Outside.csproj", "-c", DotnetCommand.Configuration, "-o", "published", "--nologo", .. options]);

        string output = DotnetCommand.Run(_folder.FullPath, ["published/Outside.dll", "train", "trainer.epochs=1", "data.limit=24", "loader.batch_size=7", "--json"]);
        Assert.NotNull(JsonNode.Parse(output)!["test"]!["accuracy"]);
        Assert.True(File.Exists(_folder["published/configs/schema/config.json"]));
    }

    public void Dispose() => _folder.Dispose();
}
