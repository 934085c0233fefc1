using Regimen.SweepFiles;

namespace Regimen.Search;

/// <summary>Points of Sobol's sequence, scrambled by the seed. They cover the space more evenly than random ones; best with a power of two of
/// points. A choice and a range have equal parts for their values.</summary>
internal sealed class SobolSearch : ISearch
{
    /// <inheritdoc/>
    public bool NeedsResults => false;

    /// <inheritdoc/>
    public IReadOnlyList<string> Propose(IReadOnlyList<SweepAxis> space, ulong seed, int number, IReadOnlyList<SearchResult> results)
    {
        if (space.Count > SobolSequence.Dimensions)
        {
            throw new RequestException(new Problem("Too many keys for --search sobol")
            {
                Expected = $"at most {SobolSequence.Dimensions}",
                Received = $"{space.Count}",
                Hint = "Use --search random.",
            });
        }

        return At(SearchScale.Of(space), seed, number);
    }

    /// <summary>Returns a point of at most <see cref="SobolSequence.Dimensions"/> axes.</summary>
    public static IReadOnlyList<string> At(IReadOnlyList<SearchScale> scales, ulong seed, int number)
        => [.. scales.Select((s, i) => s.TextAt(SobolSequence.Scrambled((uint)(number - 1), i, seed)))];
}
