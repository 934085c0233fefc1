using System.CommandLine;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Experiments;
using Regimen.Runs;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen train</c> command: composes a config, trains, tests, and records a run folder.</summary>
internal static class TrainCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        var config = new ConfigArguments();
        var trial = new TrialOptions();
        var launcher = new SlurmRunOptions();
        Option<bool> quiet = new("--quiet") { Description = "Show only problems." };
        Option<bool> print = new("--print-config") { Description = "Print the composed config with the source of each value, without training." };
        var command = new Command("train", "Train a model, restore the best weights and test them. Without arguments: a perceptron on MNIST.") { quiet, print };
        config.AddTo(command);
        trial.AddTo(command, isNew: true);
        launcher.AddTo(command);
        shared.AddTo(command);
        command.SetAction(shared.RankedAction(host, (parsed, ranks) =>
        {
            ComponentCatalog catalog = ConfigArguments.Catalog(host);
            ComposedConfig composed = config.Compose(host, parsed, catalog);
            bool json = parsed.GetValue(shared.Json);
            SlurmRun? slurm = launcher.Read(parsed);
            if (parsed.GetValue(print))
            {
                RankedProcess.ThrowIfOneOfSeveral("train --print-config");
                ConfigPrinter.Print(host, composed, json);
                return ExitCodes.Done;
            }

            if (slurm is not null)
            {
                RankedProcess.ThrowIfOneOfSeveral("train --launcher slurm");
                return new SlurmTraining(host, slurm, json, parsed.GetValue(quiet)).Train(composed.Config);
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
}
