using System.Globalization;
using Regimen.Data;

namespace Regimen.Experiments;

/// <summary>What the splits of a data set have in common and how they differ.</summary>
/// <param name="Share">The share of samples that were compared for repetitions; 1 unless there are millions.</param>
/// <param name="Repeated">The samples that stand in two splits.</param>
/// <param name="Drift">The difference of each column between the training samples and each other split.</param>
internal sealed record SplitComparison(double Share, IReadOnlyList<RepeatedSamples> Repeated, IReadOnlyList<ColumnDrift> Drift)
{
    /// <summary>A smaller difference is never reported, however certain it is.</summary>
    public const double LeastDrift = 0.1;

    /// <summary>The probability with which a difference by chance exceeds its bound.</summary>
    public const double Chance = 0.001;

    private const int MostNamed = 10;

    /// <summary>Returns a sentence for each thing that the user should look at; none of them ends a command.</summary>
    /// <param name="parts">The samples of each split by class.</param>
    /// <param name="classes">The names of the classes.</param>
    public IEnumerable<string> Warnings(IReadOnlyList<PartReport> parts, IReadOnlyList<string> classes)
    {
        foreach (RepeatedSamples repeated in Repeated)
        {
            string count = Share < 1 ? string.Create(CultureInfo.InvariantCulture, $"about {repeated.Samples / Share:#,0}") : string.Create(CultureInfo.InvariantCulture, $"{repeated.Samples:#,0}");
            string others = repeated.OtherTargets > 0 ? string.Create(CultureInfo.InvariantCulture, $" ({repeated.OtherTargets:#,0} with another target)") : string.Empty;
            string examples = string.Join("; ", repeated.Examples.Select(e => $"{e.Second} = {e.First}"));
            yield return $"{count} {(repeated.Samples == 1 && Share == 1 ? "sample" : "samples")} of {repeated.Second} have the inputs of a sample of {repeated.First}{others}: {examples}{(repeated.Samples > repeated.Examples.Count ? "; …" : string.Empty)}";
        }

        foreach ((string part, IReadOnlyList<string> missing) in Missing(parts, classes))
        {
            yield return $"{part} has no sample of {(missing.Count == 1 ? "the class" : string.Create(CultureInfo.InvariantCulture, $"{missing.Count} classes:"))} {string.Join(", ", missing.Take(MostNamed))}{(missing.Count > MostNamed ? ", …" : string.Empty)}";
        }

        ColumnDrift[] drifted = [.. Drift.Where(d => d.IsLarge).OrderByDescending(d => d.Value / d.Bound)];
        foreach (ColumnDrift drift in drifted.Take(MostNamed))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{drift.Column} differs between train and {drift.Part}: {drift.Name} {drift.Value:0.000}, bound {drift.Bound:0.000}");
        }

        if (drifted.Length > MostNamed)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{drifted.Length - MostNamed} more columns differ; --json has all");
        }
    }

    /// <summary>Returns the classes without a sample in a split, although another split has one.</summary>
    public static IEnumerable<(string Part, IReadOnlyList<string> Classes)> Missing(IReadOnlyList<PartReport> parts, IReadOnlyList<string> classes)
    {
        foreach (PartReport part in parts.Where(p => p.PerClass.Count == classes.Count && p.Samples > 0))
        {
            string[] missing = [.. classes.Where((_, c) => part.PerClass[c] == 0 && parts.Any(p => p.PerClass.Count > c && p.PerClass[c] > 0))];
            if (missing.Length > 0)
            {
                yield return (part.Name, missing);
            }
        }
    }
}

/// <summary>Samples with the same inputs in two splits.</summary>
/// <param name="First">The split that is read first.</param>
/// <param name="Second">The other split.</param>
/// <param name="Samples">The number of samples of the second split.</param>
/// <param name="OtherTargets">How many of them have another target than in the first split.</param>
/// <param name="Examples">The origins of some of them.</param>
internal sealed record RepeatedSamples(string First, string Second, int Samples, int OtherTargets, IReadOnlyList<(string First, string Second)> Examples);

/// <summary>The difference of a column between the training samples and another split.</summary>
/// <param name="Part">The other split.</param>
/// <param name="Column">The column.</param>
/// <param name="Statistic">How it is measured: <c>kolmogorov_smirnov</c> for numbers, <c>chi_square</c> for categories (as Cramér's V).</param>
/// <param name="Value">The difference, from 0 to 1.</param>
/// <param name="Bound">The value above which it is reported.</param>
internal sealed record ColumnDrift(string Part, string Column, string Statistic, double Value, double Bound)
{
    /// <summary>The probability of such a difference by chance; null where the bound follows from it.</summary>
    public double? Probability { get; init; }

    /// <summary>Whether it is reported.</summary>
    public bool IsLarge => Value > Bound && (Probability ?? 0) < SplitComparison.Chance;

    /// <summary>The name of the statistic in sentences.</summary>
    public string Name => Statistic == "chi_square" ? "Cramér's V" : "Kolmogorov–Smirnov";
}
