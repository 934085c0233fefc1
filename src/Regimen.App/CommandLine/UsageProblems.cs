using System.CommandLine;
using System.CommandLine.Parsing;

namespace Regimen.App.CommandLine;

/// <summary>What the parser did not understand, in our words.</summary>
internal static class UsageProblems
{
    public static IEnumerable<Problem> Of(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string name = string.Join(' ', Path(parsed.CommandResult));
        foreach (string token in parsed.UnmatchedTokens.Concat(DataPathArguments.UnknownOptions(parsed)))
        {
            yield return Unknown(command, name, token);
            if (command.Subcommands.Count > 0 && !token.StartsWith('-'))
            {
                // What follows belongs to the command that was meant.
                break;
            }
        }

        if (parsed.UnmatchedTokens.Count > 0 || DataPathArguments.UnknownOptions(parsed).Any())
        {
            yield break;
        }

        foreach (ParseError error in parsed.Errors)
        {
            yield return new Problem(error.Message.TrimEnd('.')) { Where = name, Hint = $"{name} --help shows what it takes." };
        }
    }

    /// <summary>An option or a command that is not known, with the nearest that is.</summary>
    public static Problem Unknown(Command command, string name, string token)
    {
        bool option = token.StartsWith('-');
        string[] known = option
            ? [.. command.Options.Select(o => o.Name), "--help"]
            : [.. command.Subcommands.Select(c => c.Name)];
        return new Problem(option ? "This option is not known" : known.Length > 0 ? "This command is not known" : "This argument is one too many")
        {
            Where = name,
            Received = token,
            Expected = known.Length > 0 ? $"one of {string.Join(", ", known.Distinct())}" : null,
            Hint = Spelling.DidYouMean(token, known) ?? $"{name} --help shows what it takes.",
        };
    }

    private static Stack<string> Path(SymbolResult result)
    {
        var names = new Stack<string>();
        for (SymbolResult? at = result; at is CommandResult command; at = at.Parent)
        {
            names.Push(command.Command is RootCommand ? "regimen" : command.Command.Name);
        }

        return names;
    }
}
