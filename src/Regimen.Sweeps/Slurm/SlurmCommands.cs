using System.Diagnostics;
using Regimen.SweepFiles;

namespace Regimen.Slurm;

/// <summary>Slurm's commands as processes. A controller that does not answer is asked again for <see cref="Patience"/>; a refusal is passed on in
/// Slurm's own words.</summary>
/// <param name="time">The time provider.</param>
internal sealed class SlurmCommands(TimeProvider time)
{
    private const string Submit = "sbatch";
    private const string Queue = "squeue";
    private const string Cancel = "scancel";
    private const string UnknownJob = "Invalid job id";

    // What the commands say when the controller can't be reached, or can't answer now.
    private static readonly string[] Silences = ["Unable to contact", "timed out", "Connection refused", "connect failure", "Communication", "Zero Bytes", "temporarily", "Transport endpoint", "backup controller"];
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <summary>How long a controller that does not answer is waited for.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The folder of the commands; null for those of PATH.</summary>
    public string? Folder { get; init; }

    /// <summary>Checks, before anything is begun, that Slurm is there and accepts such a job.</summary>
    /// <exception cref="RequestException">It is not, or does not.</exception>
    public async Task CheckAsync(SlurmSettings settings, int cores, string workingDirectory, CancellationToken stop)
    {
        string script = new SlurmJob { Name = "regimen-check", Settings = settings, Cores = cores, WorkingDirectory = workingDirectory, Command = ["true"], Run = workingDirectory }
            .Script(new SlurmFiles(string.Empty, "/dev/null", "/dev/null"));
        Answer answer = await AskAsync(Submit, ["--test-only"], script, stop).ConfigureAwait(false);
        if (answer.ExitCode != 0)
        {
            throw new RequestException(new Problem("Slurm does not accept the job") { Where = $"sbatch {string.Join(' ', SlurmJob.Options(settings))}".TrimEnd(), Received = answer.Message });
        }
    }

    /// <summary>Submits a script.</summary>
    /// <param name="script">The script.</param>
    /// <param name="name">The name of its job, which no other job has.</param>
    /// <param name="stop">Ends the waiting for a controller that does not answer.</param>
    /// <returns>The job's number.</returns>
    /// <exception cref="WorkFailedException">Slurm refuses it, or does not answer.</exception>
    public async Task<string> SubmitAsync(string script, string name, CancellationToken stop)
    {
        bool isAgain = false;
        return await RepeatAsync(Submit, async () =>
        {
            // An answer that was lost does not mean that the job was not taken.
            if (isAgain && await FindOnceAsync(name, stop).ConfigureAwait(false) is { } taken)
            {
                return (taken.Value?.Id, taken.Silence);
            }

            isAgain = true;
            Answer answer = await AskAsync(Submit, ["--parsable", script], null, stop).ConfigureAwait(false);
            return answer.ExitCode == 0 ? (answer.Out.Trim().Split(';')[0], null)
                : IsSilence(answer) ? (null, answer.Message)
                : throw new WorkFailedException(new Problem("Slurm does not accept the job") { Where = script, Received = answer.Message });
        }, stop).ConfigureAwait(false);
    }

    /// <summary>Returns the state of each job that Slurm knows.</summary>
    /// <exception cref="WorkFailedException">Slurm does not answer.</exception>
    public Task<IReadOnlyDictionary<string, SlurmState>> StatesAsync(IEnumerable<string> ids, CancellationToken stop)
    {
        string list = string.Join(',', ids);
        return RepeatAsync(Queue, async () =>
        {
            (IReadOnlyDictionary<string, SlurmState>? states, string? silence) = await QueueAsync($"--jobs={list}", stop).ConfigureAwait(false);
            return (states, silence);
        }, stop);
    }

    /// <summary>Returns the job of a name; null if Slurm does not know it.</summary>
    /// <exception cref="WorkFailedException">Slurm does not answer.</exception>
    public async Task<SlurmState?> FindAsync(string name, CancellationToken stop)
    {
        Found found = await RepeatAsync(Queue, async () =>
        {
            Found? one = await FindOnceAsync(name, stop).ConfigureAwait(false);
            return one?.Silence is { } silence ? ((Found?)null, silence) : (one ?? new Found(null, null), null);
        }, stop).ConfigureAwait(false);
        return found.Value;
    }

    /// <summary>Asks a job to stop with a checkpoint: a waiting one leaves the queue, the processes of a running one receive SIGTERM.</summary>
    public async Task StopAsync(string id)
    {
        // The second does nothing to a job that waits, the first nothing to one that runs. A failure shows in the job's state.
        await AskAsync(Cancel, ["--state=PENDING", id], null, CancellationToken.None).ConfigureAwait(false);
        await AskAsync(Cancel, ["--signal=TERM", "--full", id], null, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Cancels a job in any state: SIGTERM, then SIGKILL after the cluster's own delay.</summary>
    public Task CancelAsync(string id) => AskAsync(Cancel, [id], null, CancellationToken.None);

    private async Task<Found?> FindOnceAsync(string name, CancellationToken stop)
    {
        (IReadOnlyDictionary<string, SlurmState>? states, string? silence) = await QueueAsync($"--name={name}", stop).ConfigureAwait(false);
        return silence is not null ? new Found(null, silence) : states!.Count > 0 ? new Found(states.Values.Last(), null) : null;
    }

    private async Task<(IReadOnlyDictionary<string, SlurmState>? States, string? Silence)> QueueAsync(string which, CancellationToken stop)
    {
        Answer answer = await AskAsync(Queue, ["--noheader", "--states=all", which, $"--Format={SlurmState.Format}"], null, stop).ConfigureAwait(false);
        return answer.ExitCode == 0 || answer.Message.Contains(UnknownJob, StringComparison.Ordinal)
            ? (answer.Out.Split('\n').Select(SlurmState.Read).OfType<SlurmState>().GroupBy(s => s.Id).ToDictionary(g => g.Key, g => g.Last()), null)
            : (null, answer.Message);
    }

    private async Task<T> RepeatAsync<T>(string command, Func<Task<(T? Value, string? Silence)>> ask, CancellationToken stop)
        where T : class
    {
        long began = time.GetTimestamp();
        for (TimeSpan wait = FirstWait; ; wait = wait * 2 < LongestWait ? wait * 2 : LongestWait)
        {
            (T? value, string? silence) = await ask().ConfigureAwait(false);
            if (silence is null)
            {
                return value!;
            }

            if (time.GetElapsedTime(began) >= Patience)
            {
                throw new WorkFailedException(new Problem($"Slurm has not answered for {Patience.TotalMinutes:0.#} minutes")
                {
                    Where = command,
                    Received = silence,
                    Hint = "Its jobs go on. When it answers again, a sweep continues with regimen sweep --resume.",
                });
            }

            await Task.Delay(wait, time, stop).ConfigureAwait(false);
        }
    }

    private async Task<Answer> AskAsync(string command, string[] arguments, string? input, CancellationToken stop)
    {
        var start = new ProcessStartInfo(Folder is null ? command : Path.Combine(Folder, command), arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };

        // The user's own settings for squeue would hide jobs.
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("SQUEUE_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        using Process process = Begin(start, command);
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), stop).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended without reading, and says why.
        }

        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        string errors = await process.StandardError.ReadToEndAsync(CancellationToken.None).ConfigureAwait(false);
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        return new Answer(process.ExitCode, await output.ConfigureAwait(false), string.Join("; ", errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
    }

    private static Process Begin(ProcessStartInfo start, string command)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Exception exception) when (exception is InvalidOperationException or IOException or System.ComponentModel.Win32Exception)
        {
            throw new RequestException(
                new Problem($"{command} can't be started: {exception.Message}")
                {
                    Where = "--launcher slurm",
                    Expected = "Slurm's commands sbatch, squeue and scancel in PATH",
                    Hint = "Start it on a login node of the cluster, or without --launcher slurm.",
                },
                exception);
        }
    }

    private static bool IsSilence(Answer answer) => Silences.Any(s => answer.Message.Contains(s, StringComparison.OrdinalIgnoreCase));

    private readonly record struct Answer(int ExitCode, string Out, string Message);

    private sealed record Found(SlurmState? Value, string? Silence);
}
