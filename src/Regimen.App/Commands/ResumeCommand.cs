using System.CommandLine;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Catalog;
using Regimen.Experiments;
using Regimen.Ranks;
using Regimen.Runs;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen resume</c> command: continues a run from its last valid checkpoint.</summary>
internal static class ResumeCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        var which = new RunArguments();
        var trial = new TrialOptions();
        Option<bool> quiet = new("--quiet") { Description = "Show only problems." };
        Argument<string[]> overrides = new("overrides")
        {
            Description = $"Keys to change: {string.Join(", ", RunResumption.Changeable)}; and the new location of moved data: data.root=PATH, data.path=PATH.",
            Arity = ArgumentArity.ZeroOrMore,
            HelpName = "key=value",
        };
        var command = new Command("resume", "Continue a run from its last valid checkpoint, to the same weights, bit for bit, as without the interruption.");
        which.AddTo(command);
        trial.AddTo(command, isNew: false);
        command.Arguments.Add(overrides);
        command.Options.Add(quiet);
        shared.AddTo(command);
        command.SetAction(shared.RankedAction(host, (parsed, ranks) =>
        {
            bool json = parsed.GetValue(shared.Json);
            string[] changes = parsed.GetValue(overrides) ?? [];
            using RunFolder folder = which.Find(host, parsed);
            RunManifest manifest = RunManifest.Read(folder.ManifestFile);
            manifest.ThrowIfImported(folder.FullPath);
            if (RunResumption.IsOver(manifest) && changes.Length == 0)
            {
                if (ranks is not { Rank: > 0 })
                {
                    ReportEnded(host, manifest, folder, json);
                }

                return ExitCodes.Done;
            }

            if (ranks is not { Rank: > 0 })
            {
                folder.Lock();
            }

            return Run(host, folder, changes, Screens.For(host, json || parsed.GetValue(quiet), ranks), json, trial.Read(parsed), ranks);
        }));
        return command;
    }

    private static int Run(AppHost host, RunFolder folder, string[] changes, IScreen screen, bool json, TrialSetting trial, RankGroup? ranks)
    {
        ComponentCatalog catalog = ConfigArguments.Catalog(host);
        using RunResumption from = RunResumption.Read(folder, catalog, changes, host.WorkingDirectory);
        return TrainingCommand.Run(host, from.Config, catalog, screen, json, trial, checksData: true, ranks: ranks, from: from.Checkpoint?.Point, begin: experiment =>
        {
            experiment.CheckData(from.Manifest);
            return (folder, (observers, environment, token) =>
            {
                foreach (string note in from.Notes(environment))
                {
                    host.Error.WriteLine($"note: {note}");
                }

                return experiment.Resume(folder, from, observers, environment, host.Time, host.Observers, token);
            });
        });
    }

    private static void ReportEnded(AppHost host, RunManifest manifest, RunFolder folder, bool json)
    {
        if (json)
        {
            ProblemReport.WriteJson(host, RunText.Document(manifest, folder));
        }
        else
        {
            host.Out.WriteLine($"{folder.Name} has already ended: {manifest.Reason}. To train for more epochs, set trainer.epochs=N.");
        }
    }
}
