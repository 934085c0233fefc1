using System.CommandLine;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Runs;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen runs</c> command: lists the runs; <c>show</c> prints the record of one, <c>compare</c> compares several.</summary>
internal static class RunsCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        Option<string?> runs = RunArguments.RunsOption();
        Option<string> sort = new("--sort")
        {
            Description = "The sort key: started, name, status, model, data, epochs, seconds, or a final value such as val.loss or test.accuracy.",
            DefaultValueFactory = _ => RunTable.Started,
            HelpName = "KEY",
        };
        Option<bool> descending = new("--descending") { Description = "Sort in descending order: the largest value, or the newest run, first." };
        var command = new Command("runs", "List the runs, show one, compare several.") { runs, sort, descending };
        shared.AddTo(command);
        command.Subcommands.Add(BuildShow(host));
        command.Subcommands.Add(BuildCompare(host));
        command.SetAction(shared.Action(host, parsed =>
        {
            string root = RunArguments.RunsRoot(host, parsed.GetValue(runs));
            var damaged = new List<Problem>();
            IReadOnlyList<ListedRun> all = RunTable.Sort(ListedRun.All(root, damaged), parsed.GetValue(sort)!, parsed.GetValue(descending));
            if (parsed.GetValue(shared.Json))
            {
                ProblemReport.WriteJson(host, new JsonArray([.. all.Select(r => r.Document())]));
            }
            else if (all.Count == 0)
            {
                Page.Of(host).Line($"No runs in {root}. To train one: regimen train");
            }
            else
            {
                RunTable.Write(Page.Of(host), all);
            }

            foreach (Problem problem in damaged)
            {
                host.Error.WriteLine($"note: {problem}");
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command BuildShow(AppHost host)
    {
        var shared = new SharedOptions();
        var which = new RunArguments();
        var command = new Command("show", "Show a run's record: status, environment, config, results of each epoch, checkpoints.");
        which.AddTo(command);
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            using RunFolder folder = which.Find(host, parsed);
            ListedRun run = ListedRun.Of(folder);
            if (parsed.GetValue(shared.Json))
            {
                ProblemReport.WriteJson(host, RunDetails.Document(run));
            }
            else
            {
                RunDetails.Write(Page.Of(host), run);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command BuildCompare(AppHost host)
    {
        var shared = new SharedOptions();
        Argument<string[]> names = new("run") { Description = "The runs to compare: folders, names, or latest.", Arity = new ArgumentArity(2, 100), HelpName = "RUN RUN …" };
        Option<string?> runs = RunArguments.RunsOption();
        var command = new Command("compare", "Show the differences between the configs and the final values of runs.") { names, runs };
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            ComponentCatalog catalog = ConfigArguments.Catalog(host);
            string root = RunArguments.RunsRoot(host, parsed.GetValue(runs));
            ListedRun[] compared = [.. parsed.GetValue(names)!.Select(n => ListedRun.Of(RunFolder.Find(n, root, host.WorkingDirectory)))];
            JsonObject[] configs = [.. compared.Select(r => RunConfig.FromYamlFile(catalog, r.Folder.ConfigFile).ToJson())];
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
}
