using System.Globalization;
using System.Text;
using Regimen.Files;
using Regimen.Runs;
using Regimen.SweepFiles;

namespace Regimen.Slurm;

/// <summary>A job as it is submitted: a script beside its output, kept as the record of what was asked.</summary>
internal sealed record SlurmJob
{
    /// <summary>The folder below a run's folder that has the scripts and outputs of its jobs.</summary>
    public const string FolderName = "slurm";

    private const string NameOption = "--job-name=";

    /// <summary>The job's name.</summary>
    public required string Name { get; init; }

    /// <summary>What is asked of Slurm.</summary>
    public required SlurmSettings Settings { get; init; }

    /// <summary>The number of cores of each rank.</summary>
    public required int Cores { get; init; }

    /// <summary>The folder in which the program is started.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The program with its arguments.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>The run's folder. It must be the same on every node.</summary>
    public required string Run { get; init; }

    /// <summary>What is started instead if Slurm itself has started the job again and the run has begun; null to forbid that to Slurm.</summary>
    public IReadOnlyList<string>? Again { get; init; }

    /// <summary>Writes the script, below the number that follows the last one.</summary>
    /// <returns>The paths of the script and of the job's output.</returns>
    /// <exception cref="WorkFailedException">It can't be written.</exception>
    public SlurmFiles Write()
    {
        string folder = Path.Combine(Run, FolderName);
        OutputFile.Guard(folder, () => Directory.CreateDirectory(folder));
        SlurmFiles files = SlurmFiles.In(Run, SlurmFiles.LastIn(Run) + 1);
        AtomicFile.WriteAllBytes(files.Script, Encoding.UTF8.GetBytes(Script(files)));
        return files;
    }

    /// <summary>Returns the script. The program takes the shell's place, so that it receives Slurm's signals and its exit code is the job's.</summary>
    public string Script(SlurmFiles files)
    {
        string cores = Cores.ToString(CultureInfo.InvariantCulture);
        string ranks = Settings.Ranks.ToString(CultureInfo.InvariantCulture);
        var text = new StringBuilder("#!/bin/sh\n");
        Directive($"{NameOption}{Quoted(Name)}");
        Directive($"--output={QuotedPath(files.Output)}");
        Directive($"--error={QuotedPath(files.Errors)}");
        Directive("--open-mode=append");
        Directive(Again is null ? "--no-requeue" : "--requeue");
        Directive($"--ntasks={ranks}");
        Directive($"--cpus-per-task={cores}");
        foreach (string option in Options(Settings))
        {
            Directive(Quoted(option));
        }

        text.Append(CultureInfo.InvariantCulture, $"cd {Shell(WorkingDirectory)} || exit 1\n");

        // .NET then takes this for the number of processors: the number of threads follows from the plan, not from the node.
        text.Append(CultureInfo.InvariantCulture, $"export DOTNET_PROCESSOR_COUNT={cores}\n");
        string[] start = Settings.Ranks > 1 ? ["srun", $"--ntasks={ranks}", $"--cpus-per-task={cores}", $"--mpi={Settings.Mpi}"] : [];
        if (Again is not null && !Again.SequenceEqual(Command))
        {
            text.Append(CultureInfo.InvariantCulture, $"if [ -f {Shell(Path.Combine(Run, RunFolder.ManifestName))} ]; then\n  exec {Line([.. start, .. Again])}\nfi\n");
        }

        return text.Append(CultureInfo.InvariantCulture, $"exec {Line([.. start, .. Command])}\n").ToString();

        void Directive(string option) => text.Append(CultureInfo.InvariantCulture, $"#SBATCH {option}\n");
    }

    /// <summary>Returns the name of the job in a script; null if the file is no such script.</summary>
    public static string? NameIn(string script)
    {
        const string Line = $"#SBATCH {NameOption}\"";
        return File.Exists(script) && File.ReadLines(script).FirstOrDefault(l => l.StartsWith(Line, StringComparison.Ordinal)) is { } found ? found[Line.Length..].TrimEnd('"') : null;
    }

    /// <summary>Returns the options of sbatch that follow from the settings.</summary>
    public static IReadOnlyList<string> Options(SlurmSettings settings) =>
    [
        .. settings.Partition is { } partition ? [$"--partition={partition}"] : Array.Empty<string>(),
        .. settings.Time is { } time ? [$"--time={time}"] : Array.Empty<string>(),
        .. settings.Gpus is { } gpus ? [$"--gres=gpu:{gpus}"] : Array.Empty<string>(),
        .. settings.Arguments,
    ];

    private static string Line(IReadOnlyList<string> command) => string.Join(' ', command.Select(Shell));

    private static string Shell(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static string Quoted(string value) => $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    // A percent sign begins a pattern in the path of an output.
    private static string QuotedPath(string path) => Quoted(path.Replace("%", "%%", StringComparison.Ordinal));
}

/// <summary>The files of a job.</summary>
/// <param name="Script">The script.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error.</param>
internal sealed record SlurmFiles(string Script, string Output, string Errors)
{
    private const string ScriptEnd = ".sh";

    /// <summary>Returns the files of a run's job of a number.</summary>
    public static SlurmFiles In(string run, int number)
    {
        string start = Path.Combine(run, SlurmJob.FolderName, number.ToString(CultureInfo.InvariantCulture));
        return new(start + ScriptEnd, start + ".out", start + ".err");
    }

    /// <summary>Returns the number of a run's last job; 0 for none.</summary>
    public static int LastIn(string run)
    {
        string folder = Path.Combine(run, SlurmJob.FolderName);
        return !Directory.Exists(folder) ? 0 : Directory.EnumerateFiles(folder, "*" + ScriptEnd)
            .Select(f => int.TryParse(Path.GetFileNameWithoutExtension(f), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0)
            .DefaultIfEmpty(0)
            .Max();
    }
}
