using System.CommandLine;
using System.CommandLine.Parsing;

namespace Regimen.App.CommandLine;

/// <summary>Converts the parser's errors to problems.</summary>
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
                // Further tokens belong to the command that was misspelt.
                break;
            }
        }

        if (parsed.UnmatchedTokens.Count > 0 || DataPathArguments.UnknownOptions(parsed).Any())
        {
            yield break;
        }

        foreach (ParseError error in parsed.Errors)
        {
            yield return new Problem(error.Message.TrimEnd('.')) { Where = name, Hint = $"See {name} --help." };
        }
    }

    /// <summary>Returns the problem of an unknown option or command, with the nearest known one.</summary>
    public static Problem Unknown(Command command, string name, string token)
    {
        bool option = token.StartsWith('-');
        string[] known = option
            ? [.. command.Options.Select(o => o.Name), "--help"]
            : [.. command.Subcommands.Select(c => c.Name)];
        return new Problem(option ? "Unknown option" : known.Length > 0 ? "Unknown command" : "Unexpected argument")
        {
            Where = name,
            Received = token,
            Expected = known.Length > 0 ? $"one of {string.Join(", ", known.Distinct())}" : null,
            Hint = Spelling.DidYouMean(token, known) ?? $"See {name} --help.",
        };
    }

    /// <summary>Returns a command as it is typed, such as <c>regimen find lr</c>.</summary>
    public static string NameOf(Command command)
        => $"regimen {string.Join(' ', command.Parents.OfType<Command>().Where(p => p is not RootCommand).Select(p => p.Name).Append(command.Name))}";

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
