namespace Regimen.Ranks;

/// <summary>Why a job of several ranks can't continue.</summary>
/// <param name="Rank">The rank that failed or is lost.</param>
/// <param name="Host">The name of its host.</param>
/// <param name="Message">Its problem; null if it has not been heard of.</param>
/// <param name="Seconds">For a lost rank: how long it has not been heard of.</param>
internal sealed record RankFault(int Rank, string Host, string? Message, double Seconds = 0)
{
    /// <summary>Whether nothing was heard of the rank, rather than an error.</summary>
    public bool IsLost => Message is null;

    /// <summary>Returns the problem to report.</summary>
    public Problem ToProblem() => IsLost
        ? new Problem($"Rank {Rank} on host {Host} is lost: nothing was heard of it for {Seconds:0} s")
        {
            Expected = $"a sign of life every {RankWatch.Interval.TotalSeconds:0.##} s",
            Hint = "Its process or its host may have been ended (out of memory, SIGKILL), or the network is cut. Once that is mended: regimen resume RUN, with the same launcher.",
        }
        : new Problem($"Rank {Rank} on host {Host} failed: {Message}");
}
