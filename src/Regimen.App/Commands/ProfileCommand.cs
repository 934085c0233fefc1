using System.CommandLine;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Experiments;
using Regimen.Profiling;
using Regimen.Recording;
using Regimen.Runs;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen profile</c> command: trains some steps without leaving a run, and shows where their time goes.</summary>
internal static class ProfileCommand
{
    private const long MostSteps = 1_000_000;

    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        var config = new ConfigArguments();
        Option<long> steps = new("--steps") { Description = "The number of steps to measure.", DefaultValueFactory = _ => 200, HelpName = "N" };
        Option<long> warmup = new("--warmup") { Description = "The number of steps before them, which are not measured.", DefaultValueFactory = _ => 20, HelpName = "N" };
        Option<string?> trace = new("--trace") { Description = "A file to write the measured work to, for chrome://tracing and Perfetto.", HelpName = "FILE" };
        var command = new Command("profile", "Train some steps and show where their time goes, and the memory's peak. No run is recorded.") { steps, warmup, trace };
        config.AddTo(command);
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            (long count, long before) = (parsed.GetValue(steps), parsed.GetValue(warmup));
            Problem[] problems = [.. Outside("--steps", count, 1), .. Outside("--warmup", before, 0)];
            string? file = parsed.GetValue(trace) is { } path ? Path.GetFullPath(path, host.WorkingDirectory) : null;
            if (file is not null && (Directory.Exists(file) || !Directory.Exists(Path.GetDirectoryName(file))))
            {
                problems = [.. problems, new Problem("The trace can't be written there") { Where = "--trace", Expected = "a file in a folder that exists", Received = file }];
            }

            if (problems.Length > 0)
            {
                throw new RequestException(problems);
            }

            ComponentCatalog catalog = ConfigArguments.Catalog(host);
            RunConfig composed = config.Compose(host, parsed, catalog).Config;
            using var signals = new StopSignals(composed.StopSignals);
            using Experiment experiment = Experiment.Prepare(composed, catalog, cancellationToken: signals.Token);
            experiment.Check();
            signals.Begin();
            StepProfile profile = ProfiledTraining.Run(
                experiment, before, count, RunEnvironment.OfProcess(GitState.Of(host.WorkingDirectory), null), host.Time, host.Observers, signals.Token);
            if (signals.Token.IsCancellationRequested)
            {
                return signals.ExitCode;
            }

            if (file is not null)
            {
                TraceFile.Write(file, profile);
            }

            if (parsed.GetValue(shared.Json))
            {
                ProblemReport.WriteJson(host, ProfileText.Document(profile, before, file));
            }
            else
            {
                ProfileText.Write(Page.Of(host), profile, experiment, file);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static IEnumerable<Problem> Outside(string option, long value, long least)
    {
        if (value < least || value > MostSteps)
        {
            yield return new Problem("The number of steps is out of bounds") { Where = option, Expected = $"{least} to {MostSteps}", Received = $"{value}" };
        }
    }
}
