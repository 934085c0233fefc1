using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Documents;

/// <summary>Every code block of README.md, CONTRIBUTING.md, docs/ and workshop/README.md is run, or is a part of a file that is. The kinds of blocks:
/// C# is in a compiled file; YAML is composed to a config; transcripts are run by <see cref="TranscriptTests"/>, commands by
/// <see cref="DocumentCommandTests"/>; a drawing is marked as <c>text</c> and must not look like a command or code.</summary>
public sealed partial class DocumentCodeTests : IDisposable
{
    /// <summary>Commands of other programs in blocks, by their beginning, and what runs them.</summary>
    private static readonly Dictionary<string, string> OtherCommands = new()
    {
        ["dotnet build"] = ".ci/run",
        ["dotnet test"] = ".ci/run",
        [".ci/run"] = "the continuous integration",
        ["dotnet run -c Release --project src/Regimen.Cli"] = "DocumentCommandTests",
        ["alias regimen="] = "the path is checked below",
        ["mkdir houses"] = "TranscriptTests makes a folder",
        ["cd houses"] = "TranscriptTests works in it",
        ["cd samples/"] = "The_commands_of_a_sample_work",
        ["dotnet run -c Release -- "] = "The_commands_of_a_sample_work",
        ["dotnet publish src/Regimen.Cli"] = "not run: the base image comes from a network",
        ["docker run"] = "not run: needs docker",
        ["dotnet run docs/site/build.cs"] = "SiteTests",
        ["dotnet run workshop/"] = "the tests of the workshop",
        ["dotnet tool install --global regimen"] = "ToolTests",
        ["dotnet pack"] = "ToolTests",
        ["dotnet new "] = "the tests of the templates",
        ["cd MyTraining"] = "the tests of the templates",
        ["a block of sh"] = "docs/slurm.md: a script that the program writes; SlurmCommandsTests checks what is in it",
        ["a block of bash"] = "docs/slurm.md: SlurmRunTests submits it",
    };

    private readonly ProjectFolder _project = new();

    public static TheoryData<string> Samples => [.. DocumentBlock.All().SelectMany(b => b.Lines).Where(l => l.StartsWith("cd samples/", StringComparison.Ordinal)).Select(l => l[11..].Trim()).Distinct()];

    [Fact]
    public void Every_block_is_of_a_kind_that_is_checked()
    {
        string[] unknown = [.. from block in DocumentBlock.All()
                               where block.Language is not ("csharp" or "yaml" or "python" or "xml" or "text") && !block.IsTranscript
                               from line in block.Language.Length == 0 ? block.Lines : [$"a block of {block.Language}"]
                               where line.Length > 0 && !line.StartsWith("regimen ", StringComparison.Ordinal) && !line.StartsWith(' ')
                               where !OtherCommands.Keys.Any(c => line.StartsWith(c, StringComparison.Ordinal))
                               select $"{block.Place}: {line}"];
        Assert.Empty(unknown);
    }

    [Fact]
    public void A_block_of_text_is_neither_a_command_nor_code()
    {
        string[] hidden = [.. from block in DocumentBlock.All()
                              where block.Language == "text"
                              from line in block.Lines
                              where CommandOrCode().IsMatch(line)
                              select $"{block.Place}: {line}"];
        Assert.Empty(hidden);
    }

    [Fact]
    public void Every_block_of_csharp_is_in_a_compiled_file()
    {
        string[] files = [.. Sources("samples"), .. Sources("tests"), .. Sources("workshop")];
        string[] missing = [.. from block in DocumentBlock.All()
                               where block.Language == "csharp"
                               let code = Compact(block.Text)
                               where !files.Any(f => f.Contains(code, StringComparison.Ordinal))
                               select block.Place];
        Assert.Empty(missing);

        static IEnumerable<string> Sources(string below) => Directory.Exists(Path.Combine(Repository.Root, below))
            ? Directory.EnumerateFiles(Path.Combine(Repository.Root, below), "*.cs", SearchOption.AllDirectories)
                .Where(f => !OutputFolder().IsMatch(f)).Select(f => Compact(File.ReadAllText(f)))
            : [];
    }

    [Fact]
    public void Every_block_of_yaml_is_a_config()
    {
        string[] samples = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "samples"), "*.yaml", SearchOption.AllDirectories).Where(f => !OutputFolder().IsMatch(f)).Select(File.ReadAllText)];
        foreach (DocumentBlock block in DocumentBlock.All().Where(b => b.Language == "yaml"))
        {
            if (samples.Any(s => s.Contains(block.Text, StringComparison.Ordinal)))
            {
                continue;
            }

            string file = _project.Folder.Write("block.yaml", System.Text.Encoding.UTF8.GetBytes(block.Text + "\n"));
            CommandOutput output = _project.Do("train", "--config", file, "--print-config");
            Assert.True(output.ExitCode == 0, $"{block.Place}\n{output.Error}");
        }
    }

    /// <summary>References to packages, with the versions that this repository has.</summary>
    [Fact]
    public void Every_block_of_xml_has_the_current_versions()
    {
        string own = OwnVersion().Match(File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props"))).Groups["version"].Value;
        string libtorch = File.ReadAllText(Path.Combine(Repository.Root, "build", "LibTorch.targets"));
        foreach (DocumentBlock block in DocumentBlock.All().Where(b => b.Language == "xml"))
        {
            foreach (System.Xml.Linq.XElement reference in System.Xml.Linq.XElement.Parse($"<x>{block.Text}</x>").Elements())
            {
                string id = reference.Attribute("Include")!.Value, version = reference.Attribute("Version")!.Value;
                bool isCurrent = id.StartsWith("Regimen.", StringComparison.Ordinal) ? version == own : id.StartsWith("libtorch-", StringComparison.Ordinal) && libtorch.Contains($">{version}</LibTorchVersion>", StringComparison.Ordinal);
                Assert.True(isCurrent, $"{block.Place}: {id} {version}");
            }
        }
    }

    [Fact]
    public void Every_block_of_python_is_valid()
    {
        foreach (DocumentBlock block in DocumentBlock.All().Where(b => b.Language == "python"))
        {
            Assert.Equal("valid", PyTorch.Run($"import ast\nast.parse({ToPython(block.Text)})\nprint('valid')").Trim());
        }

        static string ToPython(string text) => JsonValue.Create(text).ToJsonString();
    }

    /// <summary>The lines behind <c>cd samples/NAME</c>; a training only composes its config. A remark behind two spaces is not part of the command.</summary>
    [Theory]
    [MemberData(nameof(Samples))]
    public void The_commands_of_a_sample_work(string sample)
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "samples", sample, "configs"), "*.yaml", SearchOption.AllDirectories))
        {
            _project.Folder.Write(Path.GetRelativePath(Path.Combine(Repository.Root, "samples", sample), file), File.ReadAllBytes(file));
        }

        IEnumerable<string> lines = DocumentBlock.All().Where(b => b.Lines[0].Trim() == $"cd samples/{sample}").SelectMany(b => b.Lines.Skip(1));
        foreach (string line in lines)
        {
            string[] parts = line["dotnet run -c Release -- ".Length..].Split("   ", 2);
            string[] args = parts[0].Trim().Split(' ');
            bool isRefused = parts.Length == 2 && parts[1].Contains("refused", StringComparison.Ordinal);
            using CommandProcess process = CommandProcess.Start(sample, _project.Folder.FullPath, [.. args, .. args[0] == "train" ? ["--print-config"] : Array.Empty<string>()]);
            process.WaitForEnd().Ends(isRefused ? 2 : 0);
        }
    }

    /// <summary>A usage line, such as <c>regimen serve MODEL… [--port 8080]</c>, has the options that the command's help has, and no other.</summary>
    [Fact]
    public void A_usage_line_has_the_options_of_the_command()
    {
        int usages = 0;
        foreach (DocumentBlock block in DocumentBlock.All().Where(b => b.Language.Length == 0 && UsageLine().IsMatch(b.Lines[0])))
        {
            string command = UsageLine().Match(block.Lines[0]).Groups["command"].Value;
            string help = _project.Do(command, "--help").Ends(0).Out;
            IEnumerable<string> offered = Option().Matches(help[help.IndexOf("Options:", StringComparison.Ordinal)..]).Select(m => m.Value).Except(["--help", "--debug"]);
            IEnumerable<string> shown = Option().Matches(block.Text).Select(m => m.Value).Append("--json").Append("--runs").Append("--quiet");
            Assert.True(!shown.Except(["--json", "--runs", "--quiet"]).Except(offered).Any(), $"{block.Place} has {string.Join(' ', shown.Except(offered))}, which the command has not");
            Assert.True(!offered.Except(shown).Any(), $"{block.Place} lacks {string.Join(' ', offered.Except(shown))}");
            usages++;
        }

        Assert.InRange(usages, 3, 30);
    }

    [Fact]
    public void The_program_of_the_alias_is_the_one_that_is_built()
    {
        string alias = DocumentBlock.All().SelectMany(b => b.Lines).Single(l => l.StartsWith("alias regimen=", StringComparison.Ordinal));
        Match path = AliasPath().Match(alias);
        Assert.True(File.Exists(Path.Combine(Repository.Root, path.Groups["project"].Value, "Regimen.Cli.csproj")));
        Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, path.Groups["file"].Value)));
    }

    public void Dispose() => _project.Dispose();

    private static string Compact(string code) => Spaces().Replace(code, "");

    [GeneratedRegex("<Version>(?<version>[^<]+)</Version>")]
    private static partial Regex OwnVersion();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"[\\/](bin|obj|out)[\\/]")]
    private static partial Regex OutputFolder();

    [GeneratedRegex(@"^\s*(\$ |regimen |dotnet |curl |docker |cd )|;\s*$|=>")]
    private static partial Regex CommandOrCode();

    [GeneratedRegex(@"^regimen (?<command>[a-z]+) .*(\[-|MODEL)")]
    private static partial Regex UsageLine();

    [GeneratedRegex(@"(?<![\w-])--[a-z][a-z-]*")]
    private static partial Regex Option();

    [GeneratedRegex(@"\$PWD/(?<project>src/Regimen\.Cli)/bin/Release/net10\.0/(?<file>[^""]+)")]
    private static partial Regex AliasPath();
}
