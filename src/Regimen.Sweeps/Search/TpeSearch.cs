using Regimen.Reproducibility;
using Regimen.SweepFiles;

namespace Regimen.Search;

/// <summary>The multivariate tree-structured Parzen estimator: the best points so far have a density l, all others a density g; of some points drawn
/// from l, the one with the greatest l / g is proposed, which has the greatest expected improvement (Bergstra, Bardenet, Bengio, Kégl: "Algorithms
/// for Hyper-Parameter Optimization", 2011).</summary>
/// <remarks>
/// <para>The first points are Sobol's. Settings after Watanabe, "Tree-Structured Parzen Estimator: Understanding Its Algorithm Components and Their Roles
/// for Better Empirical Performance" (2023): the best 15 % are l's, weighted by how much they improve on the best of the others; both densities have a
/// prior with the mean weight of a point; 24 candidates. For the kernels see <see cref="ParzenEstimator"/>.</para>
/// <para>A point without a result, which is being trained or failed, belongs to g: that keeps others away from it. Where every axis is a choice
/// or a range, no point is proposed twice before all were proposed.</para>
/// </remarks>
internal sealed class TpeSearch : ISearch
{
    /// <summary>The number of the first points, which do not depend on results.</summary>
    public const int FirstPoints = 10;

    private const double BestPart = 0.15;
    private const int MostBest = 25;
    private const int Candidates = 24;

    // On a grid, most draws of a dense l are points that were proposed before.
    private const int MostDraws = 1000;

    // The stream of the candidates; the epochs of random search count from 0.
    private const long CandidatesStream = -2;

    /// <inheritdoc/>
    public bool NeedsResults => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> Propose(IReadOnlyList<SweepAxis> space, ulong seed, int number, IReadOnlyList<SearchResult> results)
    {
        IReadOnlyList<SearchScale> scales = SearchScale.Of(space);
        var proposed = new ProposedPoints(scales, results);
        SearchResult[] ranked = [.. results.Where(HasScore).OrderBy(r => r.Score)];
        IReadOnlyList<string>? values = number <= FirstPoints || ranked.Length < 2 ? First(space, scales, seed, number, results) : null;
        if (values is null)
        {
            int best = Math.Clamp((int)Math.Ceiling(BestPart * ranked.Length), 1, MostBest);
            SearchResult[] others = [.. ranked.Skip(best), .. results.Where(r => !HasScore(r))];
            var l = new ParzenEstimator(scales, Positions(scales, ranked[..best]), Improvements(ranked, best));
            var g = new ParzenEstimator(scales, Positions(scales, others), [.. Enumerable.Repeat(1.0, others.Length)]);
            values = Best(scales, l, g, proposed, RandomStream.For(seed, RandomPurpose.Search, epoch: CandidatesStream, index: number));
        }

        return values is not null && !proposed.Contains(values) ? values : proposed.FirstOther(seed) ?? values ?? First(space, scales, seed, number, results);
    }

    private static bool HasScore(SearchResult result) => result.Status == SearchStatus.Done && double.IsFinite(result.Score);

    private static IReadOnlyList<string> First(IReadOnlyList<SweepAxis> space, IReadOnlyList<SearchScale> scales, ulong seed, int number, IReadOnlyList<SearchResult> results)
        => scales.Count <= SobolSequence.Dimensions ? SobolSearch.At(scales, seed, number) : new RandomSearch().Propose(space, seed, number, results);

    /// <summary>Returns the candidate with the greatest l / g that was not proposed before; null if every draw was.</summary>
    private static string[]? Best(IReadOnlyList<SearchScale> scales, ParzenEstimator l, ParzenEstimator g, ProposedPoints proposed, RandomStream random)
    {
        string[]? best = null;
        double greatest = double.NegativeInfinity;
        for (int draw = 0, candidates = 0; draw < MostDraws && candidates < Candidates; draw++)
        {
            double[] point = l.Draw(ref random);
            string[] values = [.. scales.Select((s, i) => s.IsOrdered ? s.TextAt(point[i]) : s.TextOf((long)point[i]))];
            if (proposed.Contains(values))
            {
                continue;
            }

            candidates++;
            double ratio = l.LogDensity(point) - g.LogDensity(point);
            if (best is null || ratio > greatest)
            {
                (best, greatest) = (values, ratio);
            }
        }

        return best;
    }

    /// <summary>Returns by how much each of the best scores improves on the best of the others, in parts of the largest improvement.</summary>
    private static double[] Improvements(SearchResult[] ranked, int best)
    {
        // Halves, so that the difference of the largest numbers does not overflow.
        double threshold = ranked[Math.Min(best, ranked.Length - 1)].Score / 2;
        double[] gains = [.. ranked[..best].Select(r => threshold - (r.Score / 2))];
        return gains[0] > 0 ? [.. gains.Select(g => g / gains[0])] : [.. gains.Select(_ => 1.0)];
    }

    private static double[][] Positions(IReadOnlyList<SearchScale> scales, IEnumerable<SearchResult> results)
        => [.. results.Select(r => scales.Select((s, i) => s.IsOrdered ? s.PositionOf(r.Values[i]) : s.CellOf(r.Values[i])).ToArray())];
}
