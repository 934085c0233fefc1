using System.Text.RegularExpressions;
using Regimen.Tests.TestKit;

namespace Regimen.Tests;

/// <summary>The commands in the documents work. Commands that train only compose the config (<c>--print-config</c>); those with a
/// placeholder (…, NAME, THIS) are skipped.</summary>
public sealed partial class ReadmeTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    public static TheoryData<string, string> Commands
    {
        get
        {
            var commands = new TheoryData<string, string>();
            foreach ((string document, string text) in Documents())
            {
                foreach (string command in Written(text).Where(c => !Placeholder().IsMatch(c) && !IsName(c)).Distinct())
                {
                    commands.Add(document, command);
                }
            }

            return commands;
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_command_in_the_documents_works(string document, string command)
    {
        string[] args = [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(a => a.Trim('"'))];
        if (args[0] is "evaluate" or "resume" or "verify" or "runs" or "predict" or "export" or "plot" or "report" || args.Contains("init.from=latest"))
        {
            _project.Train("--quiet").Ends(0);
        }

        bool isText = args.Any(a => a is "data=text" or "experiment=gpt");
        Provide(args);

        string[] more = args[0] switch
        {
            "train" when isText || args.Contains("data=csv") => ["--print-config"],
            "train" when !args.Contains("--help") => [$"data.root={_project.Data}", "--print-config"],
            "sweep" => [$"data.root={_project.Data}", "--dry-run"],
            "inspect" when isText => [$"data.path={_project.Folder.Write("text.txt", System.Text.Encoding.UTF8.GetBytes(TinyText.Of(2000)))}"],
            "inspect" when args[1] is "model" or "data" => [$"data.root={_project.Data}"],
            _ => [],
        };
        Directory.CreateDirectory(_project.Folder["configs"]);

        // The model in docs/extending.md is part of a sample, which Samples/OwnModelTests covers.
        Assert.SkipWhen(args.Any(a => a is "model=wide" or "model=spiral" or "experiment=spiral"), "the model is the sample's own");
        CommandOutput output = _project.Do([.. args, .. more]);
        Assert.True(output.ExitCode == 0, $"{document}: regimen {command}\n{output.Error}");
    }

    [Fact]
    public void A_documented_error_equals_the_output_of_its_command()
    {
        foreach ((string document, string text) in Documents())
        {
            foreach (Match shown in ShownError().Matches(text))
            {
                CommandOutput output = _project.Do(shown.Groups["command"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
                string expected = string.Concat(shown.Groups["line"].Captures.Select(c => c.Value[4..] + "\n"));
                Assert.True(expected == output.Error, $"{document} shows\n{expected}and the command prints\n{output.Error}");
            }
        }
    }

    [Fact]
    public void The_documents_contain_commands() => Assert.InRange(Commands.Count, 8, 200);

    public void Dispose() => _project.Dispose();

    internal static IEnumerable<(string Name, string Text)> Documents() => Directory
        .EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)
        .Concat(Directory.EnumerateFiles(Repository.Root, "*.md"))
        .Order(StringComparer.Ordinal)
        .Select(f => (Path.GetRelativePath(Repository.Root, f), File.ReadAllText(f)));

    /// <summary>Writes the files that a command names.</summary>
    private void Provide(string[] args)
    {
        foreach (string name in args)
        {
            byte[]? content = Path.GetExtension(name) switch
            {
                ".png" when args[0] == "predict" => ImageBytes.GreyPng(28, 28, new byte[28 * 28]),
                ".pth" when args[0] == "inspect" => TorchBytes.StateDict(),
                _ => null,
            };
            if (content is not null)
            {
                _project.Folder.Write(name, content);
            }
        }
    }

    /// <summary>Returns the commands in code spans and in code blocks, without the explanations after them. A command with a transcript is skipped.</summary>
    private static IEnumerable<string> Written(string text) => CodeSpan().Matches(text).Concat(BlockLine().Matches(text)).Select(m => m.Groups["command"].Value.Trim());

    /// <summary>Whether the text is only the name of a command, without its required arguments; or a server, which runs until it is stopped.</summary>
    private static bool IsName(string command) => command.StartsWith("serve ", StringComparison.Ordinal)
        || command.StartsWith("dashboard", StringComparison.Ordinal)

        // SweepCommandTests resume sweeps.
        || command.StartsWith("sweep --resume", StringComparison.Ordinal)
        || command is "evaluate" or "inspect" or "inspect checkpoint" or "resume" or "predict" or "verify" or "sweep" or "export" or "serve";

    [GeneratedRegex(@"`regimen (?<command>[a-z][^`\n]*)`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex(@"^    (?:regimen|dotnet run -c Release --project src/Regimen\.Cli --) (?<command>[a-z]\S*(?: \S+)*)", RegexOptions.Multiline)]
    private static partial Regex BlockLine();

    [GeneratedRegex(@"…|\b[A-Z]{3,}\b|\.\.\.")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"^    \$ regimen (?<command>.+)\n(?=    error: )(?<line>    .+)\n(?:(?!    \$)(?<line>    .+)\n)*", RegexOptions.Multiline)]
    private static partial Regex ShownError();
}
