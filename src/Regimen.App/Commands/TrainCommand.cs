using System.CommandLine;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Experiments;
using Regimen.Runs;
using Regimen.SweepFiles;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen train</c> command: composes a config, trains, tests, and records a run folder.</summary>
internal static class TrainCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        var config = new ConfigArguments();
        var trial = new TrialOptions();
        var launcher = new LauncherOptions();
        Option<int?> cores = new("--cores") { Description = "Slurm: the number of cores of each rank; default: 1.", HelpName = "N" };
        Option<bool> detach = new("--detach") { Description = "Slurm: end when the job is submitted." };
        Option<bool> quiet = new("--quiet") { Description = "Show only problems." };
        Option<bool> print = new("--print-config") { Description = "Print the composed config with the source of each value, without training." };
        var command = new Command("train", "Train a model, restore the best weights and test them. Without arguments: a perceptron on MNIST.") { quiet, print };
        config.AddTo(command);
        trial.AddTo(command, isNew: true);
        launcher.AddTo(command, hasResubmit: false);
        command.Options.Add(cores);
        command.Options.Add(detach);
        shared.AddTo(command);
        command.SetAction(shared.RankedAction(host, (parsed, ranks) =>
        {
            ComponentCatalog catalog = ConfigArguments.Catalog(host);
            ComposedConfig composed = config.Compose(host, parsed, catalog);
            bool json = parsed.GetValue(shared.Json);
            SlurmSettings? slurm = launcher.Read(parsed, recorded: null);
            CheckOfSlurm(parsed, slurm, cores, detach);
            if (parsed.GetValue(print))
            {
                RankedProcess.ThrowIfOneOfSeveral("train --print-config");
                ConfigPrinter.Print(host, composed, json);
                return ExitCodes.Done;
            }

            if (slurm is not null)
            {
                RankedProcess.ThrowIfOneOfSeveral("train --launcher slurm");
                string[] flags = [.. json ? ["--json"] : Array.Empty<string>(), .. parsed.GetValue(quiet) ? ["--quiet"] : Array.Empty<string>()];
                return new SlurmTraining(host, slurm, parsed.GetValue(cores) ?? 1).Run(composed.Config, flags, parsed.GetValue(detach), json);
            }

            IScreen screen = Screens.For(host, json || parsed.GetValue(quiet), ranks);
            return TrainingCommand.Run(host, composed.Config, catalog, screen, json, trial.Read(parsed), checksData: false, ranks: ranks, begin: experiment =>
            {
                experiment.CheckSamples();
                RunFolder folder = trial.Folder(host, parsed) ?? RunFolder.Create(Path.GetFullPath(experiment.Config.Runs, host.WorkingDirectory), experiment.Config.RunName, host.Time);
                return (folder, (observers, environment, token) => experiment.Run(folder, observers, environment, host.Time, host.Observers, token));
            });
        }));
        return command;
    }

    private static void CheckOfSlurm(ParseResult parsed, SlurmSettings? slurm, Option<int?> cores, Option<bool> detach)
    {
        Problem[] problems =
        [
            .. ((Option[])[cores, detach]).Where(o => slurm is null && parsed.GetResult(o) is { Implicit: false }).Select(o => new Problem("The option is for Slurm") { Where = o.Name, Hint = "Add --launcher slurm, or leave it out." }),
            .. parsed.GetValue(cores) is < 1 or > 1024 ? [new Problem("The number is not valid") { Where = cores.Name, Expected = "1 to 1024", Received = $"{parsed.GetValue(cores)}" }] : Array.Empty<Problem>(),
        ];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }
    }
}
