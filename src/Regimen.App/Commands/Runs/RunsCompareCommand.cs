using System.CommandLine;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Listing;
using Regimen.Runs;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen runs compare</c> command.</summary>
internal static class RunsCompareCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        Argument<string[]> names = new("run") { Description = $"The runs to compare. {RunArguments.Words}", Arity = new ArgumentArity(2, 100), HelpName = "RUN RUN …" };
        Option<string?> runs = RunArguments.RunsOption();
        var command = new Command("compare", "Show the differences between the configs and the final values of runs.") { names, runs };
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            RunRow[] compared = [.. parsed.GetValue(names)!.Select(n => Read(host, n, parsed.GetValue(runs)))];
            IReadOnlyList<IReadOnlyDictionary<string, string>> configs = Configs(ConfigArguments.Catalog(host), compared);
            if (parsed.GetValue(shared.Json))
            {
                ProblemReport.WriteJson(host, RunComparison.Document(compared, configs));
            }
            else
            {
                RunComparison.Write(Page.Of(host), compared, configs);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static RunRow Read(AppHost host, string run, string? runs)
    {
        using RunFolder folder = RunLookup.Find(host, run, runs);
        _ = RunManifest.Read(folder.ManifestFile);
        return RunList.ReadOne(folder.FullPath);
    }

    /// <summary>Returns the flattened configs. Where each is one of this program's, a key that an older version did not record has its default;
    /// otherwise the configs are compared as they were recorded.</summary>
    private static IReadOnlyList<IReadOnlyDictionary<string, string>> Configs(ComponentCatalog catalog, IReadOnlyList<RunRow> rows)
    {
        if (rows.All(r => r is { Program: null, Imported: null }))
        {
            try
            {
                return [.. rows.Select(r => ConfigDifference.Flatten(RunConfig.FromYamlFile(catalog, Path.Combine(r.Folder, "config.yaml")).ToJson()))];
            }
            catch (RequestException) when (rows.All(r => r.Config.Keys.Count > 0))
            {
                // A config of another version, or with parts that this program does not have.
            }
        }

        return [.. rows.Select(r => r.Config.Keys.Distinct().ToDictionary(k => k, k => r.Config[k]!))];
    }
}
