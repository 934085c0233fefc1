using System.CommandLine;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Catalog;
using Regimen.Configuration;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen inspect config</c> command: lists every config key, as text, JSON or JSON Schema.</summary>
internal static class InspectConfigCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        Argument<string?> group = new("group") { Description = "Show only this group: model, data, optimizer, …", Arity = ArgumentArity.ZeroOrOne, HelpName = "GROUP" };
        Option<bool> schema = new("--schema") { Description = "Print the JSON Schema of a whole config, or of the files of GROUP." };
        Option<string?> into = new("--into")
        {
            Description = "With --schema: write the schemas to FOLDER/schema/ and refer to them in the first line of FOLDER's YAML files, for editors.",
            HelpName = "FOLDER",
        };
        var command = new Command("config", "Show every key of a config: type, bounds, default, meaning.") { group, schema, into };
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            ComponentCatalog catalog = ConfigArguments.Catalog(host);
            var request = new ConfigRequest { WorkingDirectory = host.WorkingDirectory };
            string? only = parsed.GetValue(group);
            if (parsed.GetValue(into) is { } folder)
            {
                SchemaFiles.Write(Path.GetFullPath(folder, host.WorkingDirectory), ConfigJsonSchema.Files(catalog, request));
            }
            else if (parsed.GetValue(schema))
            {
                ProblemReport.WriteJson(host, ConfigJsonSchema.For(catalog, request, only));
            }
            else
            {
                var keys = ConfigSchema.For(catalog, request);
                Show(host, only is null ? keys : keys.Of(only), parsed.GetValue(shared.Json));
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static void Show(AppHost host, ConfigSchema keys, bool json)
    {
        if (json)
        {
            ProblemReport.WriteJson(host, ConfigKeysText.Document(keys));
        }
        else
        {
            ConfigKeysText.Write(Page.Of(host), keys);
        }
    }
}
