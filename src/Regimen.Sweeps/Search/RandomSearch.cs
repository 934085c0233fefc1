using Regimen.Reproducibility;
using Regimen.SweepFiles;

namespace Regimen.Search;

/// <summary>Independent points, uniform on each axis (Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", 2012). Where every axis
/// is a choice or a range, no point is proposed twice before all were proposed.</summary>
internal sealed class RandomSearch : ISearch
{
    // The index of the stream of a shuffled grid, which no number of a point equals.
    private const long Shuffle = -1;

    /// <inheritdoc/>
    public bool NeedsResults => false;

    /// <inheritdoc/>
    public IReadOnlyList<string> Propose(IReadOnlyList<SweepAxis> space, ulong seed, int number, IReadOnlyList<SearchResult> results)
    {
        IReadOnlyList<SearchScale> scales = SearchScale.Of(space);
        if (GridSearch.Count(scales) is { } count)
        {
            long index = number - 1;
            return GridSearch.At(scales, Order(count, seed, round: index / count).ElementAt((int)(index % count)));
        }

        RandomStream random = RandomStream.For(seed, RandomPurpose.Search, index: number);
        return [.. scales.Select(s => s.TextAt(random.NextDouble()))];
    }

    /// <summary>Returns the indices of a grid's points in random order.</summary>
    /// <param name="count">The number of points.</param>
    /// <param name="seed">The seed of the search.</param>
    /// <param name="round">The number of times that all points were proposed before.</param>
    public static IEnumerable<long> Order(long count, ulong seed, long round)
        => DrawsWithoutRepeats.Of(count, RandomStream.For(seed, RandomPurpose.Search, epoch: round, index: Shuffle));
}
