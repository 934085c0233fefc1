using System.CommandLine;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.Catalog;
using Regimen.Experiments;
using Regimen.SweepFiles;
using Regimen.Sweeps;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen sweep</c> command: trains at many points of a search, several at a time, and ranks them.</summary>
internal sealed class SweepCommand
{
    private readonly SharedOptions _shared = new();
    private readonly ConfigArguments _config = new();
    private readonly Option<string?> _search = new("--search") { Description = "grid, random, sobol or tpe; default: grid.", HelpName = "NAME" };
    private readonly Option<int?> _samples = new("--samples") { Description = "The number of points of random, sobol and tpe.", HelpName = "N" };
    private readonly Option<int?> _seeds = new("--seeds") { Description = "The number of seeds at each point; points are ranked by the mean. Or list them: seed=1,2,3.", HelpName = "N" };
    private readonly Option<int?> _jobs = new("--jobs") { Description = "The number of trials that run at the same time; default: as many as have cores. No result depends on it.", HelpName = "N" };
    private readonly Option<int?> _halving = new("--halving") { Description = "Successive halving: the best 1/N of the points are trained N times as long, the others are paused.", HelpName = "N" };
    private readonly Option<string> _onFailure = new("--on-failure") { Description = "stop, skip or retry:N: what happens when a trial fails.", HelpName = "POLICY", DefaultValueFactory = _ => "skip" };
    private readonly Option<string?> _metric = new("--metric") { Description = "The value that ranks trials, as val.accuracy; default: the one that early stopping monitors.", HelpName = "NAME" };
    private readonly Option<ulong?> _searchSeed = new("--search-seed") { Description = "The seed of the search; default: the first seed of the runs.", HelpName = "N" };
    private readonly Option<int?> _lag = new("--lag") { Description = "Point k of tpe follows from the points up to k - N; at most N points run at the same time. Default: 4.", HelpName = "N" };
    private readonly Option<int?> _cores = new("--cores") { Description = "The number of cores of each trial; default: those of the machine, shared out.", HelpName = "N" };
    private readonly Option<string?> _resume = new("--resume") { Description = "Run what is missing of a sweep: its folder, its name, or latest.", HelpName = "SWEEP" };
    private readonly Option<int[]> _revive = new("--revive") { Description = "With --resume: train a paused trial to its end. May be given several times.", HelpName = "TRIAL", DefaultValueFactory = _ => [] };
    private readonly Option<bool> _retryFailed = new("--retry-failed") { Description = "With --resume: try failed trials again." };
    private readonly Option<bool> _dry = new("--dry-run") { Description = "Compose and check every trial that is known, and list them, without training." };
    private readonly Option<bool> _quiet = new("--quiet") { Description = "Show only problems." };
    private readonly Option<string?> _runs = RunArguments.RunsOption();

    public static Command Build(AppHost host)
    {
        var sweep = new SweepCommand();
        var command = new Command("sweep", "Train at many points: KEY=A,B,C, range(1,10,2), interval(A,B), log_interval(A,B), experiment=course_*. Each trial is a run.");
        sweep._config.AddTo(command);
        foreach (Option option in new Option[]
        {
            sweep._search, sweep._samples, sweep._seeds, sweep._jobs, sweep._halving, sweep._onFailure, sweep._metric, sweep._searchSeed, sweep._lag, sweep._cores,
            sweep._resume, sweep._revive, sweep._retryFailed, sweep._runs, sweep._dry, sweep._quiet,
        })
        {
            command.Options.Add(option);
        }

        sweep._shared.AddTo(command);
        command.SetAction(sweep._shared.Action(host, parsed => sweep.Run(host, parsed)));
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
        try
        {
            if (parsed.GetValue(_dry))
            {
                SweepText.Planned(host, Planned(host, parsed, catalog, arguments, signals.Token), json);
                return ExitCodes.Done;
            }

            using SweepFolder folder = parsed.GetValue(_resume) is { } name ? Resumed(host, parsed, name, arguments) : Created(host, parsed, runner, catalog, arguments, signals.Token);
            signals.Begin();
            SweepRecord sweep = SweepRecord.Read(folder.RecordFile);
            int jobs = parsed.GetValue(_jobs) ?? Math.Max(1, Environment.ProcessorCount / sweep.Plan.Cores);
            var options = new SweepRunOptions(jobs, parsed.GetValue(_revive)!.ToHashSet(), parsed.GetValue(_retryFailed), parsed.GetValue(_resume) is null ? [] : arguments);
            sweep = screen.Show(sweep, folder, jobs, () => runner.RunAsync(folder, options, signals.Token).GetAwaiter().GetResult());
            if (json)
            {
                ProblemReport.WriteJson(host, SweepText.Document(sweep, folder));
            }

            return sweep.Status == SweepStatus.Interrupted ? signals.ExitCode
                : sweep.Status == SweepStatus.Failed || sweep.Trials.Any(t => t.Status == TrialStatus.Failed) ? ExitCodes.Failed
                : ExitCodes.Done;
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            return signals.ExitCode;
        }
    }

    private SweepFolder Resumed(AppHost host, ParseResult parsed, string name, string[] arguments)
    {
        Option[] planned = [_search, _samples, _seeds, _halving, _metric, _searchSeed, _lag, _cores, _onFailure, _config.ConfigFile];
        Problem[] problems =
        [
            .. planned.Where(o => parsed.GetResult(o) is { Implicit: false }).Select(o => new Problem("The plan of a sweep that has begun can't be changed") { Where = o.Name, Hint = "Begin a new sweep with it." }),
            .. arguments.Where(a => !DataPaths.IsPath(a.Split('=')[0])).Select(a => new Problem("The plan of a sweep that has begun can't be changed")
            {
                Where = a,
                Expected = "the new location of moved data, such as data.root=PATH",
                Hint = "Begin a new sweep with it.",
            }),
        ];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }

        var folder = SweepFolder.Find(name, RunArguments.RunsRoot(host, parsed.GetValue(_runs)), host.WorkingDirectory);
        folder.Lock();
        return folder;
    }

    private SweepFolder Created(AppHost host, ParseResult parsed, SweepRunner runner, ComponentCatalog catalog, string[] arguments, CancellationToken stop)
        => runner.Create(Planned(host, parsed, catalog, arguments, stop), host.WorkingDirectory);

    private PlannedSweep Planned(AppHost host, ParseResult parsed, ComponentCatalog catalog, string[] arguments, CancellationToken stop)
    {
        Problem[] problems =
        [
            .. new Option[] { _revive, _retryFailed, _resume }.Where(o => parsed.GetResult(o) is { Implicit: false }).Select(o => o == _resume ? new Problem("A sweep that has begun is not planned again") { Where = o.Name, Expected = "--resume or --dry-run, not both" } : new Problem("The option is for a sweep that has begun") { Where = o.Name, Expected = "--resume SWEEP" }),
            .. arguments.Where(o => o.StartsWith('-')).Select(o => UsageProblems.Unknown(parsed.CommandResult.Command, "regimen sweep", o)),
        ];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }

        PlannedSweep planned = new SweepPlanner(catalog, Environment.ProcessorCount).Plan(
            new SweepRequest
            {
                Arguments = arguments,
                WorkingDirectory = host.WorkingDirectory,
                ConfigFile = parsed.GetValue(_config.ConfigFile),
                Search = parsed.GetValue(_search),
                Samples = parsed.GetValue(_samples),
                Seeds = parsed.GetValue(_seeds),
                SearchSeed = parsed.GetValue(_searchSeed),
                Lag = parsed.GetValue(_lag),
                Halving = parsed.GetValue(_halving),
                OnFailure = parsed.GetValue(_onFailure)!,
                Metric = parsed.GetValue(_metric),
                Cores = parsed.GetValue(_cores),
            },
            stop);
        return parsed.GetValue(_runs) is { } runs ? planned with { Runs = Path.GetFullPath(runs, host.WorkingDirectory) } : planned;
    }
}
