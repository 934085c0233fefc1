using System.Text.RegularExpressions;

namespace Regimen;

/// <summary>Arguments as they are typed into a shell: what a message tells a user to type works as it stands.</summary>
public static partial class ShellText
{
    /// <summary>A whole command.</summary>
    /// <param name="arguments">Its words, as the program is to receive them.</param>
    public static string Command(params IEnumerable<string> arguments) => string.Join(' ', arguments.Select(Quote));

    /// <summary>One word: as it is where the shell takes it literally, else in quotes.</summary>
    public static string Quote(string argument)
    {
        if (LiteralPattern().IsMatch(argument))
        {
            return argument;
        }

        // In PowerShell and in cmd double quotes hold words together; within them a quote is doubled.
        return OperatingSystem.IsWindows()
            ? $"\"{argument.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    // What no shell expands: no spaces, quotes, brackets, stars, tildes at the start, variables or comments.
    [GeneratedRegex("^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*\\z")]
    private static partial Regex LiteralPattern();
}
