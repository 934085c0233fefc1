using System.CommandLine;
using Regimen.App.Hosting;
using Regimen.Catalog;
using Regimen.Configuration;

namespace Regimen.App.CommandLine;

/// <summary>The arguments that compose a config: <c>group=choice</c>, <c>key=value</c>, <c>--config FILE</c>.</summary>
internal sealed class ConfigArguments
{
    public const string ConfigFileName = "--config";

    public Argument<string[]> Overrides { get; } = new("overrides")
    {
        Description = "group=choice (model=cnn), key=value (optimizer.lr=0.01), experiment=NAME, debug=NAME.",
        Arity = ArgumentArity.ZeroOrMore,
        HelpName = "key=value",
    };

    public Option<string?> ConfigFile { get; } = new(ConfigFileName) { Description = "A config file; a run's config.yaml repeats that run.", HelpName = "FILE" };

    /// <summary>Returns the catalog of all components: Regimen's own and the program's.</summary>
    public static ComponentCatalog Catalog(AppHost host) => ComponentCatalog.From(host.Assemblies);

    public void AddTo(Command command)
    {
        command.Arguments.Add(Overrides);
        command.Options.Add(ConfigFile);
    }

    public ComposedConfig Compose(AppHost host, ParseResult parsed, ComponentCatalog catalog)
    {
        string[] overrides = parsed.GetValue(Overrides) ?? [];
        Command command = parsed.CommandResult.Command;
        Problem[] unknown = [.. overrides.Where(o => o.StartsWith('-')).Select(o => UsageProblems.Unknown(command, UsageProblems.NameOf(command), o))];
        return unknown.Length > 0
            ? throw new RequestException(unknown)
            : WithFolder(host, ConfigComposer.Compose(catalog, new ConfigRequest
            {
                WorkingDirectory = host.WorkingDirectory,
                ConfigFile = parsed.GetValue(ConfigFile),
                Arguments = overrides,
            }));
    }

    private static ComposedConfig WithFolder(AppHost host, ComposedConfig composed) => composed with { Config = composed.Config with { WorkingDirectory = host.WorkingDirectory } };
}
