namespace Regimen.Runs;

/// <summary>The fewest and the most threads that the steps of a training had.</summary>
/// <param name="Least">The fewest, at least 1.</param>
/// <param name="Most">The most.</param>
public sealed record ThreadRange(int Least, int Most)
{
    /// <summary>Returns the range of both.</summary>
    internal static ThreadRange? Of(ThreadRange? first, ThreadRange? second)
        => first is null || second is null ? first ?? second : new(Math.Min(first.Least, second.Least), Math.Max(first.Most, second.Most));
}
