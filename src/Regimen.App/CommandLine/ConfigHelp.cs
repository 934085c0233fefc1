using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Configuration;

namespace Regimen.App.CommandLine;

/// <summary>Prints the help of a command. For commands that take a config it also prints the choices of each group, and the keys of the groups
/// that are named after it, as in <c>regimen train --help optimizer</c>.</summary>
internal sealed class ConfigHelp(AppHost host, HelpAction parserHelp) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        Command command = parseResult.CommandResult.Command;
        if (command.Options.All(o => o.Name != ConfigArguments.ConfigFileName))
        {
            WriteUsage(parseResult);
            return ExitCodes.Done;
        }

        string[] words = [.. parseResult.Tokens.Where(t => t.Type == TokenType.Argument).Select(t => t.Value)];
        return ProblemReport.Guard(host, json: false, debug: false, () =>
        {
            var schema = ConfigSchema.For(ConfigArguments.Catalog(host), new ConfigRequest { WorkingDirectory = host.WorkingDirectory });
            string[] groups = [.. words.Where(schema.Choices.ContainsKey).Distinct()];
            if (groups.Length == 0)
            {
                WriteUsage(parseResult);
                Page page = Page.Of(host);
                ConfigKeysText.WriteChoices(page, schema);
                page.Line();
                page.Line($"The keys of a group, each with its bounds, default and meaning: regimen {PathOf(command)} --help GROUP");
                page.Line("All groups: regimen inspect config");
            }

            foreach (string group in groups)
            {
                ConfigKeysText.Write(Page.Of(host), schema.Of(group));
            }

            return ExitCodes.Done;
        });
    }

    private static string PathOf(Command command)
    {
        var names = new Stack<string>([command.Name]);
        while (command.Parents.OfType<Command>().FirstOrDefault() is { } parent and not RootCommand)
        {
            names.Push(parent.Name);
            command = parent;
        }

        return string.Join(' ', names);
    }

    /// <summary>Hides the arguments of the commands above: the usage of <c>runs show</c> is not <c>runs FILTER show</c>.</summary>
    private static void HideArgumentsAbove(Command command)
    {
        foreach (Command parent in command.Parents.OfType<Command>())
        {
            foreach (Argument argument in parent.Arguments)
            {
                argument.Hidden = true;
            }

            HideArgumentsAbove(parent);
        }
    }

    /// <summary>Prints the parser's help, with <c>regimen</c> in place of the executable's name (Regimen.Cli).</summary>
    private void WriteUsage(ParseResult parseResult)
    {
        TextWriter output = parseResult.InvocationConfiguration.Output;
        using var text = new StringWriter { NewLine = output.NewLine };
        parseResult.InvocationConfiguration.Output = text;
        HideArgumentsAbove(parseResult.CommandResult.Command);
        parserHelp.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output = output;
        Page page = Page.Of(host);
        foreach (string line in text.ToString().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'))
        {
            string shown = line.Replace($"  {RootCommand.ExecutableName} ", "  regimen ", StringComparison.Ordinal);
            if (line.EndsWith(':') && !line.StartsWith(' '))
            {
                page.Heading(shown);
            }
            else
            {
                page.Line(shown);
            }
        }

        page.Line();
    }
}
