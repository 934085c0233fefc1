using System.CommandLine;
using System.CommandLine.Parsing;

namespace Regimen.App.CommandLine;

/// <summary>Where the data of a recorded run lies now.</summary>
internal static class DataPathArguments
{
    private const string Name = "paths";

    /// <summary>What the parser took for a path and is an option that does not exist.</summary>
    public static IEnumerable<string> UnknownOptions(ParseResult parsed)
        => parsed.CommandResult.Children.OfType<ArgumentResult>().Where(a => a.Argument.Name == Name).SelectMany(a => a.Tokens).Select(t => t.Value).Where(t => t.StartsWith('-'));

    public static Argument<string[]> Build() => new(Name)
    {
        Description = "Where the data lies now, if it has moved: data.root=PATH, data.path=PATH. It must be the data that the run was trained on.",
        Arity = ArgumentArity.ZeroOrMore,
        HelpName = "key=value",
    };
}
