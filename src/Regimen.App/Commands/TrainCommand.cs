using System.CommandLine;
using Regimen.App.CommandLine;
using Regimen.App.Screen;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Experiments;
using Regimen.Runs;
using Regimen.Training;

namespace Regimen.App.Commands;

/// <summary><c>regimen train</c>: composes a config, trains, tests, and leaves a run folder.</summary>
internal static class TrainCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        var config = new ConfigArguments();
        Option<bool> quiet = new("--quiet") { Description = "Show nothing but problems." };
        Option<bool> print = new("--print-config") { Description = "Show the composed config and where each value came from; train nothing." };
        var command = new Command("train", "Train a model, keep the best weights, test them. With no argument: a perceptron on MNIST.") { quiet, print };
        config.AddTo(command);
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            ComponentCatalog catalog = ConfigArguments.Catalog(host);
            ComposedConfig composed = config.Compose(host, parsed, catalog);
            bool json = parsed.GetValue(shared.Json);
            if (parsed.GetValue(print))
            {
                ConfigPrinter.Print(host, composed, json);
                return ExitCodes.Done;
            }

            IScreen screen = json || parsed.GetValue(quiet)
                ? new SilentScreen()
                : host.IsTerminal ? new TerminalScreen(host.Console, host.Time) : new PlainScreen(host.Out);
            return Run(host, composed.Config, catalog, screen, json);
        }));
        return command;
    }

    private static int Run(AppHost host, RunConfig config, ComponentCatalog catalog, IScreen screen, bool json)
    {
        using var signals = new StopSignals();
        Task<GitState?> git = Task.Run(() => GitState.Of(host.WorkingDirectory));
        using Experiment experiment = Experiment.Prepare(config, catalog);
        experiment.Check();
        using RunFolder folder = RunFolder.Create(Path.GetFullPath(config.Runs, host.WorkingDirectory), experiment.Config.RunName, host.Time);
        RunOutcome outcome = screen.Show(
            RunText.Header(experiment, folder, host.WorkingDirectory),
            () => experiment.Run(folder, [screen], RunSurroundings.OfProcess(git.GetAwaiter().GetResult()), host.Time, signals.Token));
        screen.Summarize(RunText.Summary(outcome, folder, host.WorkingDirectory));
        if (json)
        {
            ProblemReport.WriteJson(host, RunText.Document(outcome.Manifest, folder));
        }

        return outcome.Training.Status == TrainStatus.Interrupted ? signals.ExitCode : ExitCodes.Done;
    }
}
