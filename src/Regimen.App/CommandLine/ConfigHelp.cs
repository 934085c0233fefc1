using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Regimen.Configuration;

namespace Regimen.App.CommandLine;

/// <summary><c>--help</c>: what the parser knows of a command and, for commands that take a config, every key with its type, bounds,
/// default and meaning, read from the options records.</summary>
internal sealed class ConfigHelp(AppHost host, HelpAction parserHelp) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        int result = parserHelp.Invoke(parseResult);
        if (parseResult.CommandResult.Command.Options.Any(o => o.Name == ConfigArguments.ConfigFileName))
        {
            ProblemReport.Guard(host, json: false, debug: false, () =>
            {
                WriteKeys(ConfigSchema.For(ConfigArguments.Catalog(host), new ConfigRequest { WorkingDirectory = host.WorkingDirectory }));
                return ExitCodes.Done;
            });
        }

        return result;
    }

    private void WriteKeys(ConfigSchema schema)
    {
        host.Out.WriteLine("Choices:");
        foreach ((string group, IReadOnlyList<string> choices) in schema.Choices)
        {
            host.Out.WriteLine($"  {group}={string.Join('|', choices)}");
        }

        int keys = schema.Groups.SelectMany(g => g.Keys).Max(k => k.Key.Length);
        foreach (ConfigSchemaGroup group in schema.Groups)
        {
            host.Out.WriteLine();
            string title = group.Choice is null ? group.Name : $"{group.Name}{(group.IsElement ? ' ' : '=')}{group.Choice}";
            host.Out.WriteLine($"{(title.Length > 0 ? $"{title}: " : string.Empty)}{group.Summary}".TrimEnd(' ', ':'));
            foreach (ConfigSchemaKey key in group.Keys)
            {
                host.Out.WriteLine($"  {key.Key.PadRight(keys)}  {key.Summary}");
                host.Out.WriteLine($"  {string.Empty.PadRight(keys)}  {key.Expected}{(key.Default is { } value ? $"; default {value}" : "; must be set")}");
            }
        }
    }
}
