using System.CommandLine;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.Catalog;
using Regimen.Experiments;
using Regimen.SweepFiles;
using Regimen.Sweeps;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen cv</c> command: trains once with each fold held out, and summarises the results.</summary>
internal sealed class CrossValidationCommand
{
    private readonly SharedOptions _shared = new();
    private readonly ConfigArguments _config = new();
    private readonly Option<int?> _jobs = new("--jobs") { Description = "The number of folds that are trained at the same time; default: as many as have cores. No result depends on it.", HelpName = "N" };
    private readonly Option<int?> _cores = new("--cores") { Description = "The number of cores of each fold; default: those of the machine, shared out.", HelpName = "N" };
    private readonly Option<string> _onFailure = new("--on-failure") { Description = "stop, skip or retry:N: what happens when a fold fails.", HelpName = "POLICY", DefaultValueFactory = _ => "skip" };
    private readonly Option<string?> _resume = new("--resume") { Description = "Run what is missing of a cross-validation: its folder, its name, or latest.", HelpName = "FOLDER" };
    private readonly Option<bool> _retryFailed = new("--retry-failed") { Description = "With --resume: try failed folds again." };
    private readonly Option<bool> _dry = new("--dry-run") { Description = "Compose and check the config of every fold, without training." };
    private readonly Option<bool> _quiet = new("--quiet") { Description = "Show only problems." };
    private readonly Option<string?> _runs = RunArguments.RunsOption();

    public static Command Build(AppHost host)
    {
        var cv = new CrossValidationCommand();
        var command = new Command("cv", "Cross-validate: folds=N [repeats=N] [cv.group=COLUMN] [cv.stratify=true|false|auto]. Each fold is a run with that fold as its test set.");
        cv._config.AddTo(command);
        foreach (Option option in new Option[] { cv._jobs, cv._cores, cv._onFailure, cv._resume, cv._retryFailed, cv._runs, cv._dry, cv._quiet })
        {
            command.Options.Add(option);
        }

        cv._shared.AddTo(command);
        command.SetAction(cv._shared.Action(host, parsed => cv.Run(host, parsed)));
        return command;
    }

    private int Run(AppHost host, ParseResult parsed)
    {
        ComponentCatalog catalog = ConfigArguments.Catalog(host);
        using var signals = new StopSignals();
        bool json = parsed.GetValue(_shared.Json);
        ISweepScreen screen = json || parsed.GetValue(_quiet) ? new SilentSweepScreen(host) : host.IsTerminal ? new LiveSweepScreen(host) : new PlainSweepScreen(host);
        var runner = new SweepRunner(catalog, new ProcessLauncher(host.Program), screen, host.Time);
        string[] arguments = parsed.GetValue(_config.Overrides) ?? [];
        int? jobsGiven = parsed.GetValue(_jobs) is { } given ? given >= 1 ? given : throw new RequestException(new Problem("The number of jobs is not valid") { Where = "--jobs", Expected = "1 or more", Received = $"{given}" }) : null;
        try
        {
            if (parsed.GetValue(_dry))
            {
                CrossValidationText.Planned(host, Planned(host, parsed, catalog, arguments, signals.Token), json);
                return ExitCodes.Done;
            }

            string? resumed = parsed.GetValue(_resume);
            using SweepFolder folder = resumed is not null
                ? Resumed(host, parsed, resumed, arguments)
                : runner.Create(Planned(host, parsed, catalog, arguments, signals.Token), host.WorkingDirectory);
            signals.Begin();
            SweepRecord record = SweepRecord.Read(folder.RecordFile);
            int jobs = jobsGiven ?? Math.Max(1, Environment.ProcessorCount / record.Plan.Cores);
            IReadOnlyList<string> moved = resumed is null ? [] : arguments;
            var options = new SweepRunOptions(jobs, new HashSet<int>(), parsed.GetValue(_retryFailed), moved);
            record = screen.Show(record, folder, jobs, () =>
            {
                SweepRecord end = runner.RunAsync(folder, options, signals.Token).GetAwaiter().GetResult();
                if (end.Status == SweepStatus.Finished)
                {
                    new OutOfFoldPredictions(catalog, folder, moved).Write(end, signals.Token);
                }

                return end;
            });
            if (json)
            {
                ProblemReport.WriteJson(host, CrossValidationText.Document(record, folder));
            }

            return record.Status == SweepStatus.Interrupted ? signals.ExitCode
                : record.Status == SweepStatus.Failed || record.Trials.Any(t => t.Status == TrialStatus.Failed) ? ExitCodes.Failed
                : ExitCodes.Done;
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            return signals.ExitCode;
        }
    }

    private SweepFolder Resumed(AppHost host, ParseResult parsed, string name, string[] arguments)
    {
        const string message = "The plan of a cross-validation that has begun can't be changed";
        Problem[] problems =
        [
            .. new Option[] { _cores, _onFailure, _config.ConfigFile }.Where(o => parsed.GetResult(o) is { Implicit: false }).Select(o => new Problem(message) { Where = o.Name, Hint = "Begin a new one with it." }),
            .. arguments.Where(a => !DataPaths.IsPath(a.Split('=')[0])).Select(a => new Problem(message)
            {
                Where = a,
                Expected = "the new location of moved data, such as data.root=PATH",
                Hint = "Begin a new one with it.",
            }),
        ];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }

        var folder = SweepFolder.Find(name, RunArguments.RunsRoot(host, parsed.GetValue(_runs)), host.WorkingDirectory, SweepPurpose.CrossValidation);
        folder.Lock();
        return folder;
    }

    private PlannedSweep Planned(AppHost host, ParseResult parsed, ComponentCatalog catalog, string[] arguments, CancellationToken stop)
    {
        if (parsed.GetValue(_retryFailed) || parsed.GetValue(_resume) is not null)
        {
            throw new RequestException(parsed.GetValue(_retryFailed)
                ? new Problem("The option is for a cross-validation that has begun") { Where = _retryFailed.Name, Expected = "--resume FOLDER" }
                : new Problem("A cross-validation that has begun is not planned again") { Where = _resume.Name, Expected = "--resume or --dry-run, not both" });
        }

        PlannedSweep planned = new CrossValidationPlanner(catalog, Environment.ProcessorCount).Plan(
            new CrossValidationRequest
            {
                Arguments = arguments,
                WorkingDirectory = host.WorkingDirectory,
                ConfigFile = parsed.GetValue(_config.ConfigFile),
                OnFailure = parsed.GetValue(_onFailure)!,
                Cores = parsed.GetValue(_cores),
            },
            stop);
        return parsed.GetValue(_runs) is { } runs ? planned with { Runs = Path.GetFullPath(runs, host.WorkingDirectory) } : planned;
    }
}
