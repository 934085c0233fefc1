using System.CommandLine;
using System.Globalization;
using Regimen.SweepFiles;

namespace Regimen.App.CommandLine;

/// <summary>The options that say where runs are started: on this machine, or as jobs of Slurm.</summary>
internal sealed class LauncherOptions
{
    private const string Local = "local";
    private const string Slurm = "slurm";

    private readonly Option<string?> _launcher = new("--launcher") { Description = "local: processes of this machine, the default; slurm: a job for each run.", HelpName = "NAME" };
    private readonly Option<string?> _partition = new("--partition") { Description = "Slurm: the partition.", HelpName = "NAME" };
    private readonly Option<string?> _time = new("--time") { Description = "Slurm: the time limit of a job: minutes, or as 12:00:00.", HelpName = "TIME" };
    private readonly Option<string?> _gpus = new("--gpus") { Description = "Slurm: the GPUs of a job, as 1 or a100:2.", HelpName = "N" };
    private readonly Option<int?> _ranks = new("--ranks") { Description = "Slurm: the number of ranks that train a run together, each on its own cores; default: 1, or that of a run that is resumed.", HelpName = "N" };
    private readonly Option<string?> _mpi = new("--mpi") { Description = "Slurm: how srun starts several ranks, from srun --mpi=list; default: pmix.", HelpName = "NAME" };
    private readonly Option<string[]> _arguments = new("--sbatch") { Description = "Slurm: a further argument of sbatch, as --sbatch=--account=vision. May be given several times.", HelpName = "ARGUMENT", DefaultValueFactory = _ => [] };
    private readonly Option<int?> _resubmit = new("--resubmit") { Description = "Slurm: how often a trial is submitted again after Slurm ended its job; default: 3.", HelpName = "N" };

    private IReadOnlyList<Option> OfSlurm => [_partition, _time, _gpus, _ranks, _mpi, _arguments, _resubmit];

    public void AddTo(Command command, bool hasResubmit)
    {
        command.Options.Add(_launcher);
        foreach (Option option in OfSlurm.Where(o => o != _resubmit || hasResubmit))
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Whether the command line says the number of ranks.</summary>
    public bool HasRanks(ParseResult parsed) => parsed.GetResult(_ranks) is { Implicit: false };

    /// <summary>Returns what is asked of Slurm; null to run on this machine.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="recorded">What was asked when the work began; null if it did not begin at Slurm. What the command line says replaces it.</param>
    /// <exception cref="RequestException">A value is not valid, or an option does not fit.</exception>
    public SlurmSettings? Read(ParseResult parsed, SlurmSettings? recorded)
    {
        Option[] given = [.. OfSlurm.Where(o => parsed.GetResult(o) is { Implicit: false })];
        string launcher = parsed.GetValue(_launcher) ?? (recorded is null ? Local : Slurm);
        Problem[] problems =
        [
            .. launcher is Local or Slurm ? Array.Empty<Problem>() : [new Problem("There is no such launcher") { Where = _launcher.Name, Expected = $"{Local} or {Slurm}", Received = launcher }],
            .. launcher is Local ? given.Select(o => new Problem("The option is for Slurm") { Where = o.Name, Hint = $"Add {_launcher.Name} {Slurm}, or leave it out." }) : [],
            .. TooSmall(_ranks, least: 1),
            .. TooSmall(_resubmit, least: 0),
            .. ((Option<string?>[])[_partition, _time, _gpus, _mpi]).Where(given.Contains).SelectMany(o => Unwritable(o, parsed.GetValue(o)!)),
            .. parsed.GetValue(_arguments)!.SelectMany(a => a.StartsWith('-') ? Unwritable(_arguments, a) : [new Problem("The value is not an argument of sbatch") { Where = _arguments.Name, Expected = "one that begins with a hyphen, as --account=vision", Received = a }]),
        ];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }

        SlurmSettings begun = recorded ?? new SlurmSettings();
        return launcher is Local ? null : begun with
        {
            Partition = parsed.GetValue(_partition) ?? begun.Partition,
            Time = parsed.GetValue(_time) ?? begun.Time,
            Gpus = parsed.GetValue(_gpus) ?? begun.Gpus,
            Ranks = parsed.GetValue(_ranks) ?? begun.Ranks,
            Mpi = parsed.GetValue(_mpi) ?? begun.Mpi,
            Arguments = given.Contains(_arguments) ? parsed.GetValue(_arguments)! : begun.Arguments,
            Resubmit = given.Contains(_resubmit) ? parsed.GetValue(_resubmit)!.Value : begun.Resubmit,
        };

        Problem[] TooSmall(Option<int?> option, int least)
            => given.Contains(option) && parsed.GetValue(option) < least
                ? [new Problem("The number is not valid") { Where = option.Name, Expected = $"{least.ToString(CultureInfo.InvariantCulture)} or more", Received = parsed.GetValue(option)!.Value.ToString(CultureInfo.InvariantCulture) }]
                : [];
    }

    // Each is a line of the job's script.
    private static Problem[] Unwritable(Option option, string value)
        => value.Length == 0 || value.Any(char.IsControl) ? [new Problem("The value can't be passed to Slurm") { Where = option.Name, Expected = "text on one line" }] : [];
}
