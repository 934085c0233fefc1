using System.Reflection;
using Regimen.App;
using Regimen.App.Hosting;
using Regimen.Models;
using Regimen.Tests.Catalog;
using Regimen.Tests.Configuration;
using Regimen.Tests.TestKit;
using Spectre.Console.Testing;

namespace Regimen.Tests.App;

/// <summary>Runs every invalid config of the tables in Configuration/ through the command: the exit code is 2, standard error has the place,
/// the message and the suggestion, and nothing has been created.</summary>
public sealed class BadConfigTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Arguments that start with a hyphen are options and are left out.</summary>
    public static IEnumerable<TheoryDataRow<string, string, string?>> OnTheLine
        => CommandLineProblemsTests.Wrong.Where(r => !r.Data.Item1.StartsWith('-'));

    [Fact]
    public void There_are_more_than_150_cases() => Assert.True(OnTheLine.Count() + ConfigFileProblemsTests.Wrong.Count + ComponentListTests.Wrong.Count > 150);

    [Theory]
    [MemberData(nameof(OnTheLine))]
    public void Is_refused_on_the_command_line(string argument, string message, string? hint) => Refuses(["train", argument], $"{argument}: {message}", hint);

    [Theory]
    [MemberData(nameof(ConfigFileProblemsTests.Wrong), MemberType = typeof(ConfigFileProblemsTests))]
    public void Is_refused_in_a_file(string yaml, string place, string message, string? hint)
    {
        File.WriteAllText(_folder["mine.yaml"], yaml);
        Refuses(["train", "--config", "mine.yaml"], $"mine.yaml{place}: {message}", hint);
    }

    [Theory]
    [MemberData(nameof(ComponentListTests.Wrong), MemberType = typeof(ComponentListTests))]
    public void Is_refused_in_a_list(string list, string place, string message, string? hint)
    {
        File.WriteAllText(_folder["mine.yaml"], $"transforms: {{train: {list}}}");
        Refuses(["train", "--config", "mine.yaml"], $"mine.yaml{place}: {message}", hint);
    }

    [Fact]
    public void Duplicate_names_and_unusable_models_are_reported_at_start()
    {
        var marked = new MarkedTypes();
        marked.Class<ModelAttribute>("mlp", "My.Mlp", typeof(FakeModule), TypeAttributes.Public, [[]]);
        marked.Class<ModelAttribute>("needy", "My.Needy", typeof(FakeModule), TypeAttributes.Public, [[typeof(Uri)]]);

        CommandOutput output = Do(marked.Assembly, "train", "model=mlp").Ends(2);

        Assert.Equal(
            """
            error: My.Needy: The model 'needy' is invalid
              expected one public constructor that takes at most an options record, a ModelContext, a SampleShape (of a sample) and an int (the outputs); received Needy(Uri p0), of which `Uri p0` is not supported
            error: Regimen.Models.Mlp in Regimen and My.Mlp in Marked: 2 components are named 'mlp' in the group model
              expected one
              Change the name in the attribute of the others.

            """,
            output.Error,
            ignoreLineEndingDifferences: true);
    }

    public void Dispose() => _folder.Dispose();

    private void Refuses(string[] args, string line, string? hint)
    {
        string[] before = Directory.GetFileSystemEntries(_folder.FullPath);

        CommandOutput output = Do(typeof(BadConfigTests).Assembly, args).Ends(2);

        Assert.Empty(output.Out);
        Assert.StartsWith($"error: {line}", output.Error, StringComparison.Ordinal);
        Assert.Contains(hint ?? "", output.Error, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder.FullPath));
    }

    private CommandOutput Do(Assembly program, params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using var console = new TestConsole();
        var host = new AppHost
        {
            Out = output,
            Error = error,
            Console = console,
            IsTerminal = false,
            WorkingDirectory = _folder.FullPath,
            Assemblies = [program],
        };
        int exitCode = RegimenApp.RunAsync(args, host).GetAwaiter().GetResult();
        return new CommandOutput(exitCode, output.ToString(), error.ToString());
    }
}
