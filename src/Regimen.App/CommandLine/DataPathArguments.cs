using System.CommandLine;
using System.CommandLine.Parsing;

namespace Regimen.App.CommandLine;

/// <summary>The argument for the new location of a recorded run's data.</summary>
internal static class DataPathArguments
{
    private const string Name = "paths";

    /// <summary>Returns the arguments that the parser accepted as a path but that are unknown options.</summary>
    public static IEnumerable<string> UnknownOptions(ParseResult parsed)
        => parsed.CommandResult.Children.OfType<ArgumentResult>().Where(a => a.Argument.Name == Name).SelectMany(a => a.Tokens).Select(t => t.Value).Where(t => t.StartsWith('-'));

    public static Argument<string[]> Build() => new(Name)
    {
        Description = "The new location of the data, if it has moved: data.root=PATH, data.path=PATH. It must be the data that the run was trained on.",
        Arity = ArgumentArity.ZeroOrMore,
        HelpName = "key=value",
    };
}
