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
                ConfigKeysText.Write(host.Out, ConfigSchema.For(ConfigArguments.Catalog(host), new ConfigRequest { WorkingDirectory = host.WorkingDirectory }));
                return ExitCodes.Done;
            });
        }

        return result;
    }
}
