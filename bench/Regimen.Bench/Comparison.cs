using System.Globalization;
using System.Text.Json.Nodes;

namespace Regimen.Bench;

/// <summary>Two ways to do the same work, measured in turn: medians in microseconds, and the median of the ratios pair by pair.</summary>
internal sealed record Comparison(string Work, string Unit, string Ours, string Theirs, IReadOnlyList<(double Ours, double Theirs)> Pairs)
{
    public static Comparison Measure(string work, string unit, string theirs, int pairs, Func<double> ours, Func<double> other)
    {
        ours();
        other();
        var measured = new List<(double, double)>();
        for (int i = 0; i < pairs; i++)
        {
            measured.Add(i % 2 == 0 ? (ours(), other()) : Swap(other(), ours()));
        }

        return new(work, unit, "Regimen", theirs, measured);

        static (double, double) Swap(double theirs, double ours) => (ours, theirs);
    }

    public JsonObject ToJson()
    {
        double[] ratios = Ratios();
        return new JsonObject
        {
            ["work"] = Work,
            ["against"] = Theirs,
            ["unit"] = Unit,
            ["regimen"] = Median(Pairs.Select(p => p.Ours)),
            ["other"] = Median(Pairs.Select(p => p.Theirs)),
            ["ratio"] = Median(ratios),
            ["ratio_min"] = ratios.Min(),
            ["ratio_max"] = ratios.Max(),
            ["pairs"] = Pairs.Count,
        };
    }

    public override string ToString()
    {
        double[] ratios = Ratios();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Work,-28} against {Theirs,-34} {Median(Pairs.Select(p => p.Ours)),8:0.0} / {Median(Pairs.Select(p => p.Theirs)),8:0.0} {Unit}   ratio {Median(ratios):0.000} ({ratios.Min():0.000} to {ratios.Max():0.000}, {Pairs.Count} pairs)");
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private double[] Ratios() => [.. Pairs.Select(p => p.Ours / p.Theirs)];
}
