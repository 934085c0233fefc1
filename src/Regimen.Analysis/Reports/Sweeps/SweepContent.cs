using System.Globalization;
using Regimen.Charts;
using Regimen.SweepFiles;

namespace Regimen.Reports;

/// <summary>The record of a sweep and the ranking of its points.</summary>
/// <param name="Folder">The sweep's folder.</param>
/// <param name="Record">The record.</param>
/// <param name="Points">The points, the best first.</param>
internal sealed record SweepContent(string Folder, SweepRecord Record, IReadOnlyList<RankedPoint> Points)
{
    /// <exception cref="RequestException">The sweep's record can't be read.</exception>
    public static SweepContent Read(string folder)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        SweepRecord record = SweepRecord.Read(Path.Combine(folder, SweepRecord.NameIn(folder)));
        return new(folder, record, RankedPoint.Of(record));
    }

    /// <summary>The address of a trial's page for a reader of the report; null for none. By default the report in its folder, if it has one.</summary>
    public Func<TrialRecord, string?> LinkOf { get; init; } = trial => File.Exists(Path.Combine(SweepRecord.TrialFolder(Folder, trial.Number), RunReport.FileName))
        ? $"{SweepRecord.TrialFolder("", trial.Number).Replace(Path.DirectorySeparatorChar, '/')}/{RunReport.FileName}"
        : null;

    /// <summary>Where a value lies between the worst (0) and the best (1) of the sweep; NaN for none.</summary>
    public double PartOf(double? value)
    {
        double[] values = [.. Record.Trials.Select(t => t.Value).OfType<double>().Where(double.IsFinite)];
        if (value is not { } number || !double.IsFinite(number) || values.Length == 0)
        {
            return double.NaN;
        }

        // By rank: one trial that diverged would give all others the same colour.
        int worse = values.Count(v => Record.Plan.Mode == "min" ? v > number : v < number);
        return values.Length == 1 ? 1 : worse / (values.Length - 1.0);
    }

    /// <summary>The values of a point as a name.</summary>
    public string Label(IReadOnlyDictionary<string, string> values, ReportLimits limits)
        => Markup.Shorten(string.Join(", ", values.Keys.Select(k => $"{k}={Value(values, k, limits)}")), limits.Name);

    /// <summary>The value of a key, for a table. Of a real number that a search drew, four digits tell enough.</summary>
    public string Value(IReadOnlyDictionary<string, string> values, string key, ReportLimits limits)
        => !values.TryGetValue(key, out string? text) ? ReportNumbers.None
        : Record.Plan.Axes.FirstOrDefault(a => a.Key == key)?.Kind is SweepAxisKind.Interval or SweepAxisKind.LogInterval
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number.ToString("G4", CultureInfo.InvariantCulture)
        : Markup.Shorten(text, limits.Name);

    /// <summary>The values of an axis in words.</summary>
    public static string Describe(SweepAxis axis) => axis.Kind switch
    {
        SweepAxisKind.Choice => string.Join(", ", axis.Values),
        SweepAxisKind.Range => string.Create(CultureInfo.InvariantCulture, $"{axis.Low} to {axis.High} in steps of {axis.Step}"),
        SweepAxisKind.Interval => string.Create(CultureInfo.InvariantCulture, $"{axis.Low} to {axis.High}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{axis.Low} to {axis.High}, uniform in the logarithm"),
    };
}
