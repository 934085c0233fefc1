using System.CommandLine;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Exchange;
using Regimen.Runs;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen import</c> command: makes run folders of the records of other trackers.</summary>
internal static class ImportCommand
{
    public static Command Build(AppHost host)
    {
        var command = new Command("import", "Make runs of the records of other trackers, to list, compare and draw them.");
        command.Subcommands.Add(Build(
            host, TensorBoardImport.Tracker, "Import TensorBoard's event files: each folder with such files is a run.",
            "DIR", "A folder with event files in it or below.", TensorBoardImport.Read));
        command.Subcommands.Add(Build(
            host, WandbImport.Tracker, "Import CSV files of Weights and Biases: the history of a run, the data of a chart, or the table of runs.",
            "FILE|DIR", "A CSV file, or a folder with CSV files.", path => WandbImport.Read(path, host.Time.GetUtcNow())));
        return command;
    }

    private static Command Build(AppHost host, string tracker, string description, string helpName, string what, Func<string, IEnumerable<ImportedRun>> read)
    {
        var shared = new SharedOptions();
        Argument<string> source = new("source") { Description = what, HelpName = helpName };
        Option<string?> runs = RunArguments.RunsOption();
        var command = new Command(tracker, description) { source, runs };
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            string root = RunArguments.RunsRoot(host, parsed.GetValue(runs));
            var done = new List<(ImportedRun Run, string? Folder)>();
            foreach (ImportedRun run in read(Path.GetFullPath(parsed.GetValue(source)!, host.WorkingDirectory)))
            {
                // The curves of a run are released before the next one is read.
                string? folder = run.Write(root, tracker, host.Time);
                done.Add((run with { Series = [], Notes = [.. run.Notes, .. Summary(run)] }, folder));
            }

            if (parsed.GetValue(shared.Json))
            {
                ProblemReport.WriteJson(host, new JsonArray([.. done.Select(d => new JsonObject
                {
                    ["run"] = d.Folder,
                    ["source"] = d.Run.Source,
                    ["name"] = d.Run.Name,
                    ["notes"] = new JsonArray([.. d.Run.Notes.SkipLast(1).Select(n => JsonValue.Create(n))]),
                })]));
            }
            else
            {
                Write(host, done);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static void Write(AppHost host, List<(ImportedRun Run, string? Folder)> done)
    {
        var page = Page.Of(host);
        foreach ((ImportedRun run, string? folder) in done)
        {
            page.Line(folder is null ? $"{run.Name}: was imported before" : $"{RunNames.Of(folder)}: {run.Notes[^1]}");
            foreach (string note in run.Notes.SkipLast(1))
            {
                host.Error.WriteLine($"note: {note}");
            }
        }

        page.Line($"{done.Count(d => d.Folder is not null)} run(s) imported.");
    }

    private static IEnumerable<string> Summary(ImportedRun run)
        => [$"{run.Series.Count} curve(s), {DisplayText.Count(run.Series.Values.Sum(s => (long)s.Count))} values, {run.Config.Count} hyperparameter(s)"];
}
