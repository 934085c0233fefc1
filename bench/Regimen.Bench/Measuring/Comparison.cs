using System.Globalization;
using System.Text.Json.Nodes;

namespace Regimen.Bench.Measuring;

/// <summary>Two implementations of the same work, measured alternately: medians, and the pairwise ratios.</summary>
/// <param name="Work">The name of the work.</param>
/// <param name="Against">The name of the other implementation.</param>
/// <param name="Unit">The unit of both values: <c>µs/step</c>.</param>
/// <param name="Target">The ratio that should not be exceeded; null for none.</param>
/// <param name="Pairs">Regimen's value and the other's, pair by pair.</param>
internal sealed record Comparison(string Work, string Against, string Unit, double? Target, IReadOnlyList<(double Ours, double Theirs)> Pairs)
{
    public double Ours => Quantile(Pairs.Select(p => p.Ours), 0.5);

    public double Theirs => Quantile(Pairs.Select(p => p.Theirs), 0.5);

    /// <summary>The median of the pairs' ratios.</summary>
    public double Ratio => Quantile(Ratios, 0.5);

    private IEnumerable<double> Ratios => Pairs.Select(p => p.Ours / p.Theirs);

    /// <summary>Measures one pair for warm-up, which is not counted, and then <paramref name="pairs"/> pairs in alternating order.</summary>
    public static Comparison Measure(string work, string against, string unit, double? target, int pairs, Func<double> ours, Func<double> other)
    {
        ours();
        other();
        var measured = new List<(double, double)>();
        for (int i = 0; i < pairs; i++)
        {
            if (i % 2 == 0)
            {
                double first = ours();
                measured.Add((first, other()));
            }
            else
            {
                double first = other();
                measured.Add((ours(), first));
            }
        }

        return new(work, against, unit, target, measured);
    }

    public JsonObject ToJson() => new()
    {
        ["work"] = Work,
        ["against"] = Against,
        ["unit"] = Unit,
        ["regimen"] = Ours,
        ["other"] = Theirs,
        ["ratio"] = Ratio,
        ["ratio_quarter"] = Quantile(Ratios, 0.25),
        ["ratio_three_quarters"] = Quantile(Ratios, 0.75),
        ["ratio_min"] = Ratios.Min(),
        ["ratio_max"] = Ratios.Max(),
        ["pairs"] = Pairs.Count,
        ["target"] = Target,
    };

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Work,-36} {Against,-44} {Ours,11:0.0} {Theirs,11:0.0} {Unit,-8} {Ratio,6:0.000} [{Quantile(Ratios, 0.25):0.000} … {Quantile(Ratios, 0.75):0.000}] {Pairs.Count,3} {Verdict}");

    private string Verdict => Target is not { } target
        ? string.Empty
        : string.Create(CultureInfo.InvariantCulture, $"{(Ratio <= target ? "≤" : "ABOVE")} {target:0.00}");

    private static double Quantile(IEnumerable<double> values, double part)
    {
        double[] sorted = [.. values.Order()];
        double at = part * (sorted.Length - 1);
        int below = (int)at;
        return sorted[below] + ((at - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]));
    }
}
