using System.Globalization;
using Regimen.SweepFiles;

namespace Regimen.Reports;

/// <summary>How a key of a sweep is shown along an axis: as numbers, on a logarithmic axis where its values span decades, or as categories.</summary>
internal sealed class SweepAxisScale
{
    private const int MostCategories = 30;
    private readonly Dictionary<string, int> _categories = [];

    private SweepAxisScale(string key, bool isLog, IReadOnlyList<string> categories)
    {
        (Key, IsLog, Categories) = (key, isLog, categories);
        foreach ((int i, string category) in categories.Index())
        {
            _categories.TryAdd(category, i);
        }
    }

    public string Key { get; }

    public bool IsLog { get; }

    /// <summary>The categories; empty for numbers.</summary>
    public IReadOnlyList<string> Categories { get; }

    public static SweepAxisScale Of(SweepAxis axis, IEnumerable<TrialRecord> trials)
    {
        string[] values = [.. trials.Select(t => t.Params.GetValueOrDefault(axis.Key)).OfType<string>().Distinct()];
        double[] numbers = [.. values.Select(Parse)];
        if (values.Length == 0 || numbers.Any(n => !double.IsFinite(n)))
        {
            return new(axis.Key, false, [.. (axis.Kind == SweepAxisKind.Choice ? axis.Values : values).Take(MostCategories)]);
        }

        bool spansDecades = numbers.Min() > 0 && numbers.Max() >= 20 * numbers.Min();
        bool doubles = axis.Kind == SweepAxisKind.Choice && numbers.Length > 2 && numbers.Min() > 0 && numbers.Max() >= 4 * numbers.Min();
        return new(axis.Key, axis.Kind == SweepAxisKind.LogInterval || spansDecades || doubles, []);
    }

    /// <summary>The position of a trial: a number, or the number of its category; NaN for none.</summary>
    public double Of(TrialRecord trial) => trial.Params.GetValueOrDefault(Key) is not { } text ? double.NaN
        : Categories.Count == 0 ? Parse(text)
        : _categories.TryGetValue(text, out int category) ? category : double.NaN;

    private static double Parse(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN;
}
