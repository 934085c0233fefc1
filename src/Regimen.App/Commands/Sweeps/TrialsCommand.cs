using System.CommandLine;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.Catalog;
using Regimen.Experiments;
using Regimen.Slurm;
using Regimen.SweepFiles;
using Regimen.Sweeps;

namespace Regimen.App.Commands;

/// <summary>What the commands <c>sweep</c> and <c>cv</c> share: runs that follow from a plan, several at a time as processes, resumed from a folder.</summary>
/// <param name="words">The command's words.</param>
internal abstract class TrialsCommand(TrialsCommand.Words words)
{
    /// <summary>The default number of jobs in Slurm's queue.</summary>
    private const int JobsAtSlurm = 32;

    private readonly SharedOptions _shared = new();
    private readonly LauncherOptions _launcher = new();
    private readonly Option<bool> _dry = new("--dry-run") { Description = words.DryRun };
    private readonly Option<bool> _quiet = new("--quiet") { Description = "Show only problems." };
    private readonly Option<string?> _runs = RunArguments.RunsOption();

    /// <summary>The arguments that are keys of the config, and the config's file.</summary>
    protected ConfigArguments Config { get; } = new();

    protected Option<int?> Jobs { get; } = new("--jobs") { Description = $"The number of {words.Trial}s that run at the same time; default: as many as have cores, {JobsAtSlurm.ToString(System.Globalization.CultureInfo.InvariantCulture)} at Slurm. No result depends on it.", HelpName = "N" };

    protected Option<int?> Cores { get; } = new("--cores") { Description = $"The number of cores of each {words.Trial}; default: those of the machine, shared out; 1 at Slurm.", HelpName = "N" };

    protected Option<string> OnFailure { get; } = new("--on-failure") { Description = $"stop, skip or retry:N: what happens when a {words.Trial} fails.", HelpName = "POLICY", DefaultValueFactory = _ => "skip" };

    protected Option<string?> Resume { get; } = new("--resume") { Description = $"Run what is missing of a {words.Purpose.Name}: its folder, its name, or latest.", HelpName = words.Folder };

    protected Option<bool> RetryFailed { get; } = new("--retry-failed") { Description = $"With --resume: try failed {words.Trial}s again." };

    /// <summary>The options of the command's own that belong to the plan, so that a resumption refuses them.</summary>
    protected virtual IReadOnlyList<Option> OfPlan => [];

    /// <summary>The options of the command's own that only a resumption takes.</summary>
    protected virtual IReadOnlyList<Option> OfResumption => [];

    /// <summary>Builds the command.</summary>
    protected Command Build(AppHost host, string name, string description)
    {
        var command = new Command(name, description);
        Config.AddTo(command);
        foreach (Option option in (Option[])[.. OfPlan, Jobs, Cores, OnFailure, Resume, .. OfResumption, RetryFailed, _runs, _dry, _quiet])
        {
            command.Options.Add(option);
        }

        _launcher.AddTo(command, hasResubmit: true);
        _shared.AddTo(command);
        command.SetAction(_shared.Action(host, parsed => Run(host, parsed)));
        return command;
    }

    /// <summary>Plans the trials.</summary>
    protected abstract PlannedSweep Plan(AppHost host, ParseResult parsed, ComponentCatalog catalog, string[] arguments, CancellationToken stop);

    /// <summary>Writes a plan.</summary>
    protected abstract void Show(AppHost host, PlannedSweep planned, bool json);

    /// <summary>Writes the result as a JSON document.</summary>
    protected abstract JsonObject Document(SweepRecord record, SweepFolder folder);

    /// <summary>The number of processors among which trials are shared out: those of this machine, unless a scheduler gives each trial its own.</summary>
    protected int Processors(ParseResult parsed) => _launcher.Read(parsed, recorded: null) is null ? Environment.ProcessorCount : 1;

    /// <summary>The trials that are trained to their end although they were paused.</summary>
    protected virtual IReadOnlySet<int> Revived(ParseResult parsed) => new HashSet<int>();

    /// <summary>Called when all trials have ended.</summary>
    protected virtual void Finish(ComponentCatalog catalog, SweepFolder folder, IReadOnlyList<string> moved, SweepRecord record, CancellationToken stop)
    {
    }

    private int Run(AppHost host, ParseResult parsed)
    {
        ComponentCatalog catalog = ConfigArguments.Catalog(host);
        using var signals = new StopSignals();
        bool json = parsed.GetValue(_shared.Json);
        ISweepScreen screen = json || parsed.GetValue(_quiet) ? new SilentSweepScreen(host) : host.IsTerminal ? new LiveSweepScreen(host) : new PlainSweepScreen(host);
        string[] arguments = parsed.GetValue(Config.Overrides) ?? [];
        if (parsed.GetValue(Jobs) is < 1 and var given)
        {
            throw new RequestException(new Problem("The number of jobs is not valid") { Where = Jobs.Name, Expected = "1 or more", Received = $"{given}" });
        }

        try
        {
            if (parsed.GetValue(_dry))
            {
                Show(host, Planned(host, parsed, catalog, arguments, signals.Token), json);
                return ExitCodes.Done;
            }

            string? resumed = parsed.GetValue(Resume);
            using SweepFolder folder = resumed is not null
                ? Resumed(host, parsed, resumed, arguments)
                : Created(host, parsed, catalog, arguments, signals.Token);
            SweepRecord record = SweepRecord.Read(folder.RecordFile);
            SlurmSettings? slurm = _launcher.Read(parsed, record.Slurm);
            var commands = new SlurmCommands(host.Time);
            if (resumed is not null)
            {
                Check(host, commands, slurm, record.Plan, signals.Token);
            }

            signals.Begin();
            ITrialLauncher launcher = slurm is null ? new ProcessLauncher(host.Program) : new SlurmLauncher(host.Program, slurm, commands, host.Time);
            var runner = new SweepRunner(catalog, launcher, screen, host.Time);
            int jobs = parsed.GetValue(Jobs) ?? (slurm is null ? Math.Max(1, Environment.ProcessorCount / record.Plan.Cores) : JobsAtSlurm);
            string[] moved = resumed is null ? [] : arguments;
            var options = new SweepRunOptions(jobs, Revived(parsed), parsed.GetValue(RetryFailed), moved, slurm);
            record = screen.Show(record, folder, jobs, () => Run(catalog, runner, folder, options, signals.Token));
            if (json)
            {
                ProblemReport.WriteJson(host, Document(record, folder));
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

    private SweepRecord Run(ComponentCatalog catalog, SweepRunner runner, SweepFolder folder, SweepRunOptions options, CancellationToken stop)
    {
        SweepRecord end = runner.RunAsync(folder, options, stop).GetAwaiter().GetResult();
        if (end.Status == SweepStatus.Finished)
        {
            Finish(catalog, folder, options.Moved, end, stop);
        }

        return end;
    }

    private SweepFolder Created(AppHost host, ParseResult parsed, ComponentCatalog catalog, string[] arguments, CancellationToken stop)
    {
        SlurmSettings? slurm = _launcher.Read(parsed, recorded: null);
        PlannedSweep planned = Planned(host, parsed, catalog, arguments, stop);
        Check(host, new SlurmCommands(host.Time), slurm, planned.Plan, stop);
        return SweepRunner.Create(catalog, planned, host.WorkingDirectory, host.Time);
    }

    private static void Check(AppHost host, SlurmCommands commands, SlurmSettings? slurm, SweepPlan plan, CancellationToken stop)
    {
        if (slurm is not null)
        {
            commands.CheckAsync(slurm, plan.Cores, host.WorkingDirectory, stop).GetAwaiter().GetResult();
        }
    }

    private SweepFolder Resumed(AppHost host, ParseResult parsed, string name, string[] arguments)
    {
        string message = $"The plan of a {words.Purpose.Name} that has begun can't be changed";
        string hint = $"Begin a new {words.New} with it.";
        Problem[] problems =
        [
            .. ((Option[])[.. OfPlan, Cores, OnFailure, Config.ConfigFile]).Where(o => parsed.GetResult(o) is { Implicit: false }).Select(o => new Problem(message) { Where = o.Name, Hint = hint }),
            .. arguments.Where(a => !DataPaths.IsPath(a.Split('=')[0])).Select(a => new Problem(message)
            {
                Where = a,
                Expected = "the new location of moved data, such as data.root=PATH",
                Hint = hint,
            }),
        ];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }

        var folder = SweepFolder.Find(name, RunArguments.RunsRoot(host, parsed.GetValue(_runs)), host.WorkingDirectory, words.Purpose);
        folder.Lock();
        return folder;
    }

    private PlannedSweep Planned(AppHost host, ParseResult parsed, ComponentCatalog catalog, string[] arguments, CancellationToken stop)
    {
        Problem[] problems =
        [
            .. ((Option[])[.. OfResumption, RetryFailed]).Where(o => parsed.GetResult(o) is { Implicit: false }).Select(o => new Problem($"The option is for a {words.Purpose.Name} that has begun") { Where = o.Name, Expected = $"--resume {words.Folder}" }),
            .. parsed.GetValue(Resume) is null ? Array.Empty<Problem>() : [new Problem($"A {words.Purpose.Name} that has begun is not planned again") { Where = Resume.Name, Expected = "--resume or --dry-run, not both" }],
            .. arguments.Where(o => o.StartsWith('-')).Select(o => UsageProblems.Unknown(parsed.CommandResult.Command, $"regimen {parsed.CommandResult.Command.Name}", o)),
        ];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }

        PlannedSweep planned = Plan(host, parsed, catalog, arguments, stop);
        return parsed.GetValue(_runs) is { } runs ? planned with { Runs = Path.GetFullPath(runs, host.WorkingDirectory) } : planned;
    }

    /// <summary>The words of a command in its help and messages.</summary>
    /// <param name="Purpose">What all trials together are.</param>
    /// <param name="Trial">One of the runs.</param>
    /// <param name="Folder">The argument of --resume.</param>
    /// <param name="New">What a user begins instead, after "a new".</param>
    /// <param name="DryRun">The description of --dry-run.</param>
    internal sealed record Words(SweepPurpose Purpose, string Trial, string Folder, string New, string DryRun);
}
