using System.Text.RegularExpressions;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Documents;

/// <summary>The commands in the documents work. Commands that train only compose the config (<c>--print-config</c>); those with a
/// placeholder (…, NAME, THIS) are skipped.</summary>
public sealed partial class DocumentCommandTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    public static TheoryData<string, string> Commands
    {
        get
        {
            var commands = new TheoryData<string, string>();
            var found = new HashSet<string>();
            foreach ((string document, string text) in DocumentBlock.Documents())
            {
                foreach (string command in Written(text).Where(c => !Placeholder().IsMatch(c) && !IsName(c)).Where(found.Add))
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
        Assert.SkipWhen(
            args[0] is "profile" or "find" && args.Contains("model=cnn") && Environment.GetEnvironmentVariable("REGIMEN_LONG") != "1",
            "runs a hundred steps of a convolutional net: REGIMEN_LONG=1");
        if (args[0] is "evaluate" or "resume" or "fork" or "verify" or "runs" or "predict" or "export" or "plot" or "report" || args.Contains("init.from=latest"))
        {
            _project.Train("--quiet").Ends(0);
        }

        bool isText = args.Any(a => a is "data=text" or "experiment=gpt");
        Provide(args);
        if (args[0] == "cv" && args.Contains("data.path=iris.csv"))
        {
            // Flowers of 11 gardens.
            string[] lines = Tables.Iris(90).TrimEnd('\n').Split('\n');
            string path = _project.Folder.Write("iris.csv", string.Join('\n', lines.Select((line, i) => i == 0 ? $"{line},garden" : $"{line},g{i * i % 11}")));
            args = [.. args.Select(a => a == "data.path=iris.csv" ? $"data.path={path}" : a)];
        }

        string[] more = args[0] switch
        {
            "train" when isText || args.Any(a => a is "data=csv" or "data=parquet" or "data=parquet_images" or "data=sql" or "data=webdataset") => ["--print-config"],
            "train" when !args.Contains("--help") => [$"data.root={_project.Data}", "--print-config"],
            "profile" => [$"data.root={_project.Data}"],
            "sweep" when args.Contains("experiment=houses") => [$"data.path={_project.Folder["houses.csv"]}", "--dry-run"],
            "cv" when args.Contains("data=csv") => ["--dry-run"],
            "sweep" or "cv" => [$"data.root={_project.Data}", "--dry-run"],
            "inspect" when isText => [$"data.path={_project.Folder.Write("text.txt", System.Text.Encoding.UTF8.GetBytes(TinyText.Of(2000)))}"],
            "find" => [$"data.root={_project.Data}"],
            "inspect" when args[1] is "model" or "data" or "schedule" => [$"data.root={_project.Data}"],
            _ => [],
        };
        Directory.CreateDirectory(_project.Folder["configs"]);

        // The model in docs/extending.md is part of a sample, which Samples/OwnModelTests covers.
        Assert.SkipWhen(args.Any(a => a is "model=wide" or "model=spiral" or "experiment=spiral"), "the model is the sample's own");
        CommandOutput output = _project.Do([.. args, .. more]);
        Assert.True(output.ExitCode == 0, $"{document}: regimen {command}\n{output.Error}");
    }

    [Fact]
    public void The_documents_contain_commands() => Assert.InRange(Commands.Count, 8, 200);

    public void Dispose() => _project.Dispose();

    /// <summary>Writes the files that a command names.</summary>
    private void Provide(string[] args)
    {
        if (args.Contains("experiment=houses"))
        {
            using StringWriter table = new() { NewLine = "\n" };
            GettingStartedCode.WriteHouses(table);
            _project.Folder.Write("houses.csv", System.Text.Encoding.UTF8.GetBytes(table.ToString()));
            DocumentBlock config = DocumentBlock.All().Single(b => b.File == "configs/experiment/houses.yaml");
            _project.Folder.Write(config.File!, System.Text.Encoding.UTF8.GetBytes(config.Text));
        }

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

        // FindBatchCommandTests start its processes.
        || command.StartsWith("find batch", StringComparison.Ordinal)

        // SweepCommandTests and CrossValidationTests resume.
        || command.StartsWith("sweep --resume", StringComparison.Ordinal)
        || command.StartsWith("cv --resume", StringComparison.Ordinal)
        || command is "evaluate" or "inspect" or "inspect checkpoint" or "resume" or "fork" or "predict" or "verify" or "sweep" or "cv" or "export" or "find" or "find lr" or "serve" or "report" or "plot" or "import" or "runs export";

    [GeneratedRegex(@"`regimen (?<command>[a-z][^`\n]*)`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex(@"^    (?:regimen|dotnet run -c Release --project src/Regimen\.Cli --) (?<command>[a-z]\S*(?: \S+)*)", RegexOptions.Multiline)]
    private static partial Regex BlockLine();

    [GeneratedRegex(@"…|\b[A-Z]{3,}\b|\.\.\.")]
    private static partial Regex Placeholder();
}
