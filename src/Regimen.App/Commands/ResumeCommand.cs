using System.CommandLine;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Catalog;
using Regimen.Configuration;
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
        var launcher = new SlurmRunOptions();
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
        launcher.AddTo(command);
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
            SlurmRun? slurm = launcher.Read(parsed, RanksOf(manifest), manifest.Threads);
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

            if (slurm is not null)
            {
                RankedProcess.ThrowIfOneOfSeveral("resume --launcher slurm");
                return Submit(host, folder, changes, new SlurmTraining(host, slurm, json, parsed.GetValue(quiet)));
            }

            return Run(host, folder, changes, Screens.For(host, json || parsed.GetValue(quiet), ranks), json, trial.Read(parsed), ranks);
        }));
        return command;
    }

    // The bits go on with the number of ranks that the run had last.
    private static int RanksOf(RunManifest manifest) => manifest.Resumed.LastOrDefault(r => r.Ranks is not null)?.Ranks ?? manifest.Ranks ?? 1;

    /// <summary>Resumes as a job, after the checks that need no training.</summary>
    private static int Submit(AppHost host, RunFolder folder, string[] changes, SlurmTraining training)
    {
        RunConfig config;
        using (RunResumption from = RunResumption.Read(folder, ConfigArguments.Catalog(host), changes, host.WorkingDirectory))
        {
            config = from.Config;
        }

        return training.Resume(config, folder, changes);
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
