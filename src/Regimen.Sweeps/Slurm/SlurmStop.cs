namespace Regimen.Slurm;

/// <summary>Waits for the end of a job, and stops it on request.</summary>
/// <param name="commands">Slurm's commands.</param>
/// <param name="watch">The watch over the jobs.</param>
/// <param name="time">The time provider.</param>
internal sealed class SlurmStop(SlurmCommands commands, SlurmWatch watch, TimeProvider time)
{
    /// <summary>Returns the state of a job at its end. A stop asks it for a checkpoint with SIGTERM; one that has not ended after
    /// <paramref name="longest"/> is cancelled.</summary>
    /// <exception cref="WorkFailedException">Slurm does not answer.</exception>
    public async Task<SlurmState> EndAsync(SlurmWatch.Watched job, TimeSpan longest, CancellationToken stop)
    {
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (stop.Register(stopping.SetResult))
        {
            await Task.WhenAny(job.End, stopping.Task).ConfigureAwait(false);
        }

        if (!job.End.IsCompleted)
        {
            await commands.StopAsync(job.Id).ConfigureAwait(false);
            watch.Wake();
            using var waiting = new CancellationTokenSource();
            if (await Task.WhenAny(job.End, Task.Delay(longest, time, waiting.Token)).ConfigureAwait(false) != job.End)
            {
                await commands.CancelAsync(job.Id).ConfigureAwait(false);
                watch.Wake();
            }

            await waiting.CancelAsync().ConfigureAwait(false);
        }

        return await job.End.ConfigureAwait(false);
    }
}
