using Regimen.App.Hosting;
using Regimen.Ranks;

namespace Regimen.App.CommandLine;

/// <summary>Runs a command as one of the ranks of a job. Rank 0 reports what holds for the job; each rank's exit code is that of its own work.</summary>
internal static class RankedProcess
{
    /// <summary>Runs a command on every rank, and ends the job in order.</summary>
    /// <param name="ranks">The job.</param>
    /// <param name="report">Runs a function, and reports its exception as an exit code.</param>
    /// <param name="work">The command; returns its exit code.</param>
    public static int Run(RankGroup ranks, Func<Func<int>, int> report, Func<int> work)
    {
        int exitCode = report(() => Work(ranks, work));
        bool wasWhole = ranks.Watch.Fault is null;

        // After the report: a launcher ends all ranks as soon as one has ended with an error.
        return ranks.End() || !wasWhole ? exitCode : report(() => Failure(ranks));
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

    private static int Work(RankGroup ranks, Func<int> work)
    {
        try
        {
            int exitCode = work();
            return ranks.Watch.Fault is null ? exitCode : Failure(ranks);
        }
        catch (Exception exception)
        {
            ranks.Watch.Fail(exception is RegimenException { Problems: [var first, ..] } ? first.ToString() : exception.Message);
            if (Reports(ranks))
            {
                throw;
            }

            return exception is RequestException ? ExitCodes.WrongRequest : ExitCodes.Failed;
        }
    }

    private static int Failure(RankGroup ranks) => Reports(ranks) ? throw new WorkFailedException(ranks.Watch.Fault!.ToProblem()) : ExitCodes.Failed;

    // If nothing is heard of rank 0, each rank says so: nobody else can.
    private static bool Reports(RankGroup ranks) => ranks.Rank == 0 || ranks.Watch.Fault is { Rank: 0, IsLost: true };
}
