using System.CommandLine;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Exchange;
using Regimen.Files;
using Regimen.Listing;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen runs export</c> command: writes runs with their curves for other tools.</summary>
internal static class RunsExportCommand
{
    private static readonly string[] Formats = ["csv", "jsonl", "tensorboard"];

    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        Argument<string[]> filter = RunsCommand.FilterArgument();
        Option<string> format = new("--format") { Description = "csv: a line for each point of each curve; jsonl: a line for each run; tensorboard: a folder of event files.", Required = true, HelpName = string.Join('|', Formats) };
        Option<string> output = new("--output") { Description = "The file, for tensorboard a folder that does not exist or is empty.", Required = true, HelpName = "PATH" };
        Option<string?> runs = RunArguments.RunsOption();
        var command = new Command("export", "Write runs with their config, values and curves as CSV, JSON Lines, or for TensorBoard.") { filter, format, output, runs };
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            string kind = parsed.GetValue(format)!;
            if (!Formats.Contains(kind))
            {
                throw new RequestException(new Problem("Unknown format") { Where = "--format", Expected = $"one of {string.Join(", ", Formats)}", Received = kind, Hint = Spelling.DidYouMean(kind, Formats) });
            }

            var list = RunList.Read(RunArguments.RunsRoot(host, parsed.GetValue(runs)));
            RunRow[] chosen = [.. RunsCommand.Chosen(command, parsed.GetValue(filter)!, list).Where(r => r.Recorded is not null)];
            string path = Path.GetFullPath(parsed.GetValue(output)!, host.WorkingDirectory);
            if (chosen.Length == 0)
            {
                throw new RequestException(new Problem("No run is to be exported") { Where = list.Root, Expected = "at least one readable run that satisfies the filter" });
            }

            Write(kind, path, chosen);
            if (parsed.GetValue(shared.Json))
            {
                ProblemReport.WriteJson(host, new JsonObject { ["output"] = path, ["format"] = kind, ["runs"] = new JsonArray([.. chosen.Select(r => JsonValue.Create(r.Name))]) });
            }
            else
            {
                Page.Of(host).Line($"wrote {chosen.Length} run(s) to {path}");
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static void Write(string format, string path, RunRow[] runs)
    {
        if (format != "tensorboard")
        {
            AtomicFile.Write(path, file =>
            {
                if (format == "csv")
                {
                    CurveExport.WriteCsv(file, runs);
                }
                else
                {
                    CurveExport.WriteJsonLines(file, runs);
                }
            });
            return;
        }

        if (File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()))
        {
            throw new RequestException(new Problem("The folder for the export is not empty") { Where = path, Expected = "a folder that does not exist or is empty" });
        }

        foreach (RunRow run in runs)
        {
            TensorBoardExport.Write(run, Path.Combine(path, run.Name.Replace('/', Path.DirectorySeparatorChar)));
        }
    }
}
