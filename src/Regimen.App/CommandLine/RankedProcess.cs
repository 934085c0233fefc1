using Regimen.App.Hosting;
using Regimen.Ranks;

namespace Regimen.App.CommandLine;

/// <summary>Runs a command as one of the ranks of a job. Rank 0 reports what holds for the job; each rank's exit code is that of its own work.</summary>
internal static class RankedProcess
{
    /// <summary>Runs a command on every rank, and ends the job in order.</summary>
    /// <param name="ranks">The job.</param>
    /// <param name="work">The command; returns its exit code.</param>
    /// <exception cref="RegimenException">This rank is to report that it, or another one, failed.</exception>
    public static int Run(RankGroup ranks, Func<int> work)
    {
        int exitCode;
        try
        {
            exitCode = work();
        }
        catch (Exception exception)
        {
            ranks.Watch.Fail(exception is RegimenException { Problems: [var first, ..] } ? first.ToString() : exception.Message);
            ranks.End();
            if (Reports(ranks))
            {
                throw;
            }

            return exception is RequestException ? ExitCodes.WrongRequest : ExitCodes.Failed;
        }

        return ranks.End() ? exitCode : Reports(ranks) ? throw new WorkFailedException(ranks.Watch.Fault!.ToProblem()) : ExitCodes.Failed;
    }

    /// <summary>Refuses a command that is for one process where the launcher started several.</summary>
    /// <param name="command">The name of the command.</param>
    /// <exception cref="RequestException">This process is one of several.</exception>
    public static void ThrowIfOneOfSeveral(string command)
    {
        if (LaunchedRank.Find() is { } launched)
        {
            throw new RequestException(new Problem($"{command} is not a command for several ranks")
            {
                Where = $"{launched.Launcher}={launched.Size}",
                Expected = "one process; train, resume and verify run on several ranks",
                Received = $"rank {launched.Rank} of {launched.Size}",
                Hint = $"Start it without mpirun, or with srun --ntasks=1: regimen {command} …",
            });
        }
    }

    // If nothing is heard of rank 0, each rank says so: nobody else can.
    private static bool Reports(RankGroup ranks) => ranks.Rank == 0 || ranks.Watch.Fault is { Rank: 0, IsLost: true };
}
