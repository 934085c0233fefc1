using System.CommandLine;
using System.CommandLine.Parsing;

namespace Regimen.App.CommandLine;

/// <summary>The argument for the new location of a recorded run's data.</summary>
internal static class DataPathArguments
{
    private const string Name = "paths";
    private const string Setting = "key=value";

    /// <summary>Returns the arguments that the parser accepted as a path, a run or a file but that are unknown options. What follows <c>--</c>
    /// is none; settings are checked where they are read.</summary>
    public static IEnumerable<string> UnknownOptions(ParseResult parsed)
    {
        bool hasEnd = parsed.Tokens.Any(t => t.Type == TokenType.DoubleDash);
        return parsed.CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(a => a.Tokens.Select(t => (a.Argument, t.Value)))
            .Where(t => t.Argument.Name == Name ? t.Value.StartsWith('-') : t.Argument.HelpName != Setting && !hasEnd && t.Value.StartsWith("--", StringComparison.Ordinal))
            .Select(t => t.Value);
    }

    public static Argument<string[]> Build() => new(Name)
    {
        Description = "The new location of the data, if it has moved: data.root=PATH, data.path=PATH. It must be the data that the run was trained on.",
        Arity = ArgumentArity.ZeroOrMore,
        HelpName = Setting,
    };
}
