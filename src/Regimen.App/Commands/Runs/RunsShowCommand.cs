using System.CommandLine;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Listing;
using Regimen.Runs;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen runs show</c> command.</summary>
internal static class RunsShowCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        var which = new RunArguments();
        Option<string?> by = new("--by") { Description = "For the run best: the final value that decides, as val.rmse; default: the value that the latest run monitors.", HelpName = "VALUE" };
        var command = new Command("show", "Show a run's record: status, environment, config, results of each epoch, checkpoints.") { by };
        which.AddTo(command);
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            using RunFolder folder = which.Find(host, parsed, parsed.GetValue(by));
            var details = new RunDetails(folder, RunManifest.Read(folder.ManifestFile), RunList.ReadOne(folder.FullPath));
            if (parsed.GetValue(shared.Json))
            {
                ProblemReport.WriteJson(host, details.Document());
            }
            else
            {
                details.Write(Page.Of(host));
            }

            return ExitCodes.Done;
        }));
        return command;
    }
}
