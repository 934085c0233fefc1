using System.CommandLine;
using Regimen.SweepFiles;

namespace Regimen.App.CommandLine;

/// <summary>The options of a command that trains one run, here or as a job of Slurm.</summary>
internal sealed class SlurmRunOptions
{
    private readonly LauncherOptions _launcher = new();
    private readonly Option<int?> _cores = new("--cores") { Description = "Slurm: the number of cores of each rank; default: 1, or the threads of a run that is resumed.", HelpName = "N" };
    private readonly Option<bool> _detach = new("--detach") { Description = "Slurm: end when the job is submitted." };

    public void AddTo(Command command)
    {
        _launcher.AddTo(command, hasResubmit: false);
        command.Options.Add(_cores);
        command.Options.Add(_detach);
    }

    /// <summary>Returns the job that is asked for; null to train in this process.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="ranks">The number of ranks unless the command line says it.</param>
    /// <param name="cores">The number of cores of a rank unless the command line says it.</param>
    /// <exception cref="RequestException">A value is not valid, or an option does not fit.</exception>
    public SlurmRun? Read(ParseResult parsed, int ranks = 1, int cores = 1)
    {
        SlurmSettings? settings = _launcher.Read(parsed, recorded: null);
        Problem[] problems =
        [
            .. ((Option[])[_cores, _detach]).Where(o => settings is null && parsed.GetResult(o) is { Implicit: false }).Select(o => new Problem("The option is for Slurm") { Where = o.Name, Hint = "Add --launcher slurm, or leave it out." }),
            .. parsed.GetValue(_cores) is < 1 or > 1024 ? [new Problem("The number is not valid") { Where = _cores.Name, Expected = "1 to 1024", Received = $"{parsed.GetValue(_cores)}" }] : Array.Empty<Problem>(),
        ];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }

        return settings is null ? null
            : new SlurmRun(_launcher.HasRanks(parsed) ? settings : settings with { Ranks = ranks }, parsed.GetValue(_cores) ?? cores, parsed.GetValue(_detach));
    }
}

/// <summary>A job that trains one run.</summary>
/// <param name="Settings">What is asked of Slurm.</param>
/// <param name="Cores">The number of cores of each rank.</param>
/// <param name="Detaches">Whether the command ends when the job is submitted.</param>
internal sealed record SlurmRun(SlurmSettings Settings, int Cores, bool Detaches);
