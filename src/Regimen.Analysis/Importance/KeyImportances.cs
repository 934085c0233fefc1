using Regimen.SweepFiles;

namespace Regimen.Importance;

/// <summary>The share of each key in the differences between the results of a sweep, by PED-ANOVA (Watanabe, Bansal, Hutter: "PED-ANOVA: Efficiently
/// Quantifying Hyperparameter Importance in Arbitrary Subspaces", 2023).</summary>
/// <remarks>A key matters as far as the values of the best tenth of the points are distributed otherwise than those of all points: its measure is
/// the Pearson divergence of the two densities, ∫ all · (best / all − 1)². Because the density of all points is that of the points themselves, the
/// measure also holds for points that a search has chosen. It is that of each key alone: an interaction of two keys shows only as far as
/// it moves the best values of one of them.</remarks>
internal static class KeyImportances
{
    /// <summary>The smallest number of results from which shares are computed.</summary>
    public const int FewestPoints = 4;

    private const double BestPart = 0.1;
    private const int FewestBest = 3;

    /// <summary>Computes the shares.</summary>
    /// <param name="axes">The keys that were searched.</param>
    /// <param name="points">The points with a result: a value for each key, as a text of a config, and the score, of which a lower one is better.
    /// Points whose score is not finite are left out.</param>
    /// <returns>The share of each key, largest first, then in the order of the axes; they sum to 1. Empty if there are fewer than
    /// <see cref="FewestPoints"/> results, or if no key distinguishes the best ones, as where all scores are equal.</returns>
    /// <exception cref="RequestException">An axis has no values, or a point has a value that its axis does not have.</exception>
    public static IReadOnlyList<KeyImportance> Of(IReadOnlyList<SweepAxis> axes, IReadOnlyList<(IReadOnlyList<string> Values, double Score)> points)
    {
        IReadOnlyList<string>[] ranked = [.. points.Where(p => double.IsFinite(p.Score)).OrderBy(p => p.Score).Select(p => p.Values)];
        double[] scores = [.. points.Select(p => p.Score).Where(double.IsFinite).Order()];
        if (scores.Length < FewestPoints || scores[0] == scores[^1])
        {
            return [];
        }

        // At most half, so that few points still have others to differ from. Equal scores are on the same side.
        int wanted = Math.Min(Math.Max((int)Math.Ceiling(BestPart * scores.Length), FewestBest), scores.Length / 2);
        int best = scores.Count(s => s <= scores[wanted - 1]);
        double[] measures = [.. axes.Select((a, i) => Divergence(SearchScale.Of(a), [.. ranked.Select(p => p[i])], best))];
        double sum = measures.Sum();
        return sum > 0 ? [.. axes.Select((a, i) => new KeyImportance(a.Key, measures[i] / sum)).OrderByDescending(k => k.Share)] : [];
    }

    private static double Divergence(SearchScale scale, string[] ranked, int best)
    {
        double[] all = AxisDensity.Of(scale, ranked);
        double[] ofBest = AxisDensity.Of(scale, ranked[..best]);
        double divergence = 0;
        for (int cell = 0; cell < all.Length; cell++)
        {
            double excess = ofBest[cell] - all[cell];
            divergence += excess * excess / all[cell];
        }

        return divergence;
    }
}
