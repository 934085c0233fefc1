using Regimen.SweepFiles;

namespace Regimen.Search;

/// <summary>Proposes the points of a sweep. A proposal is a pure function of the space, the seed, the point's number and the results given: an
/// implementation keeps no state that changes an answer.</summary>
internal interface ISearch
{
    /// <summary>Whether proposals depend on results. If not, every point is known before the first one is trained.</summary>
    bool NeedsResults { get; }

    /// <summary>Proposes a point.</summary>
    /// <param name="space">The keys that are searched.</param>
    /// <param name="seed">The seed of the search's random numbers.</param>
    /// <param name="number">The point's number, from 1.</param>
    /// <param name="results">The points before it, in the order of their numbers from 1; those with a result come first.</param>
    /// <returns>One value for each axis, as a text of a config: of a choice one of its values, of a range a whole number, of an interval the shortest
    /// text that is read back as the same double.</returns>
    IReadOnlyList<string> Propose(IReadOnlyList<SweepAxis> space, ulong seed, int number, IReadOnlyList<SearchResult> results);
}

/// <summary>A point before the one to propose.</summary>
/// <param name="Values">Its value for each axis.</param>
/// <param name="Status">Whether it has a result.</param>
/// <param name="Score">The result; a lower one is better. Not a number if there is none.</param>
internal sealed record SearchResult(IReadOnlyList<string> Values, SearchStatus Status, double Score);

/// <summary>The status of a point.</summary>
internal enum SearchStatus
{
    /// <summary>It has a result.</summary>
    Done,

    /// <summary>It failed: it counts as worse than every result.</summary>
    Failed,

    /// <summary>Its result is not known yet, or not to be used.</summary>
    Pending,
}
