using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Catalog;
using Regimen.Experiments;
using Regimen.Runs;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen fork</c> command: a new run that starts from a checkpoint of an old run, with other values.</summary>
internal static partial class ForkCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        Option<string?> runs = RunArguments.RunsOption();
        Option<bool> quiet = new("--quiet") { Description = "Show only problems." };
        Argument<string> run = new("run")
        {
            Description = $"{RunArguments.Words} Behind it @best, @last, @N (the end of epoch N) or @ and a checkpoint's name; default: @last.",
            HelpName = "RUN[@CHECKPOINT]",
        };
        Argument<string[]> overrides = new("overrides")
        {
            Description = "Keys of the new run that differ from the old one, as trainer.epochs=40 or optimizer.lr=0.0003. Another data set, model, optimizer or objective is refused.",
            Arity = ArgumentArity.ZeroOrMore,
            HelpName = "key=value",
        };
        var command = new Command("fork", "Start a new run from a checkpoint of an old one, with other values: weights, optimizer state, position in the data and history go on. The old run is not changed.")
        {
            run, overrides, runs, quiet,
        };
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            bool json = parsed.GetValue(shared.Json);
            (string name, string checkpoint) = Split(parsed.GetValue(run)!);
            using RunFolder parent = RunLookup.Find(host, name, parsed.GetValue(runs));
            return Run(host, parent, checkpoint, parsed.GetValue(overrides) ?? [], Screens.For(host, json || parsed.GetValue(quiet)), json);
        }));
        return command;
    }

    private static int Run(AppHost host, RunFolder parent, string checkpoint, string[] changes, IScreen screen, bool json)
    {
        ComponentCatalog catalog = ConfigArguments.Catalog(host);
        using var from = ForkRequest.Read(parent, checkpoint, catalog, changes, host.WorkingDirectory);
        string origin = $"{RunText.RelativeIfBelow(parent.FullPath, host.WorkingDirectory)}, checkpoint {from.Checkpoint.Entry.Name}: {from.Checkpoint.Point.At}";
        return TrainingCommand.Run(
            host,
            from.Config,
            catalog,
            screen,
            json,
            default,
            checksData: true,
            experiment =>
            {
                from.Check(experiment);
                var folder = RunFolder.Create(Path.GetFullPath(experiment.Config.Runs, host.WorkingDirectory), experiment.Config.RunName, host.Time);
                return (folder, (observers, environment, token) =>
                {
                    foreach (string note in from.Notes(environment))
                    {
                        host.Error.WriteLine($"note: {note}");
                    }

                    return experiment.Fork(folder, from, observers, environment, host.Time, host.Observers, token);
                });
            },
            origin);
    }

    /// <summary>Splits <c>RUN@CHECKPOINT</c>. A name of a run may contain an <c>@</c>: only what can be a checkpoint is one.</summary>
    internal static (string Run, string Checkpoint) Split(string text)
    {
        Match match = Checkpoint().Match(text);
        return !match.Success ? (text, "last")
            : int.TryParse(match.Groups["name"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int epoch)
                ? (match.Groups["run"].Value, CheckpointStore.NameOf(new Progress(epoch, 0), insideEpoch: false))
                : (match.Groups["run"].Value, match.Groups["name"].Value);
    }

    [GeneratedRegex("^(?<run>.+)@(?<name>best|last|[0-9]{1,6}|epoch-[0-9]+(-step-[0-9]+)?)$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Checkpoint();
}
