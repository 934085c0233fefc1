using Regimen.SweepFiles;

namespace Regimen.Search;

/// <summary>The points that were proposed, where every axis is a choice or a range. In another space no point counts as proposed.</summary>
internal sealed class ProposedPoints
{
    private readonly IReadOnlyList<SearchScale> _scales;
    private readonly long? _count;
    private readonly HashSet<long> _indices = [];

    public ProposedPoints(IReadOnlyList<SearchScale> scales, IReadOnlyList<SearchResult> results)
    {
        _scales = scales;
        _count = GridSearch.Count(scales);
        if (_count is not null)
        {
            _indices.UnionWith(results.Select(r => GridSearch.IndexOf(scales, r.Values)));
        }
    }

    /// <summary>Whether a point was proposed.</summary>
    public bool Contains(IReadOnlyList<string> values) => _count is not null && _indices.Contains(GridSearch.IndexOf(_scales, values));

    /// <summary>Returns a random point that was not proposed; null if all were, or if the space has an interval.</summary>
    public IReadOnlyList<string>? FirstOther(ulong seed) => _count is { } count && _indices.Count < count
        ? GridSearch.At(_scales, RandomSearch.Order(count, seed, round: 0).First(i => !_indices.Contains(i)))
        : null;
}
