using System.CommandLine;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.FineTuning;
using Regimen.WeightFiles;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen inspect checkpoint</c> command: shows the tensors of a weight file of Regimen or of another program.</summary>
internal static class InspectCheckpointCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        Argument<string> source = new("source")
        {
            Description = "A safetensors file, the index of a sharded one, a PyTorch state dict (.pth, .pt), a folder with one, a run or a checkpoint's folder.",
            HelpName = "FILE|RUN|FOLDER",
        };
        Option<bool> header = new("--header") { Description = "Show names, types, shapes and metadata alone; no values are read." };
        Option<string?> runs = RunArguments.RunsOption();
        var command = new Command("checkpoint", "Show the tensors of a weight file: shapes, types, value ranges, NaN, metadata.") { source, header, runs };
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            string what = parsed.GetValue(source)!;
            string folder = host.WorkingDirectory;

            // The folder of all runs is in the configs, which a file does not need.
            string root = File.Exists(Path.GetFullPath(what, folder)) ? folder : RunArguments.RunsRoot(host, parsed.GetValue(runs));
            using WeightFile file = WeightFile.Open(InitSource.Find(RunLookup.Resolve(host, what, parsed.GetValue(runs)), root, folder).File);
            WeightStatistics? statistics = parsed.GetValue(header) ? null : WeightStatistics.Of(file);
            if (parsed.GetValue(shared.Json))
            {
                ProblemReport.WriteJson(host, WeightText.Document(file, statistics));
            }
            else
            {
                WeightText.Write(Page.Of(host), file, statistics);
            }

            return ExitCodes.Done;
        }));
        return command;
    }
}
