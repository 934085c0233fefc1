using System.Globalization;
using Regimen.Datasets;

namespace Regimen.Prediction;

/// <summary>Writes predictions as rows of a CSV table (RFC 4180, with <c>\n</c> as line end).</summary>
/// <param name="predictor">The predictor.</param>
/// <param name="top">The number of classes with their probabilities.</param>
internal sealed class PredictionCsv(Predictor predictor, int top)
{
    /// <summary>The header: <c>input,class,probability</c>, with more columns for further classes; for a regression the names of the targets;
    /// for labels one column each.</summary>
    public string Header(PredictionResult first) => Row(first.Classes.Count == 0
        ? ["input", .. ValueNames(first.Values.Count)]
        : first.Mask is not null ? ["input", "mask", .. first.Classes]
        : first.IsOfLabels ? ["input", "labels", .. first.Classes]
        : ["input", "class", "probability", .. Enumerable.Range(2, Math.Max(0, Shown(first) - 1)).SelectMany(k => new[] { $"class_{k}", $"probability_{k}" })]);

    /// <summary>The row of a prediction.</summary>
    /// <param name="name">The name of the input.</param>
    /// <param name="result">The prediction.</param>
    /// <param name="mask">The file of a mask; null where none was written.</param>
    public string Line(string name, PredictionResult result, string? mask = null) => Row(result.Classes.Count == 0
        ? [name, .. result.Values.Select(Number)]
        : result.Mask is { } pixels ? [name, mask ?? string.Empty, .. result.Classes.Select((_, i) => Number(pixels.ShareOf(i)))]
        : result.IsOfLabels ? [name, string.Join(';', result.Labels), .. result.ByIndex.Select(Number)]
        : [name, result.Class ?? string.Empty, Number(result.Probability ?? double.NaN), .. Others(result)]);

    /// <summary>A row of fields.</summary>
    public static string Row(IEnumerable<string> fields) => string.Join(',', fields.Select(Quoted));

    private int Shown(PredictionResult result) => Math.Min(top, result.Classes.Count);

    /// <summary>The classes after the predicted one, which is the first even if a threshold chose it.</summary>
    private IEnumerable<string> Others(PredictionResult result) => result.Top(result.Classes.Count)
        .OrderByDescending(c => c.Class == result.Class)
        .Skip(1).Take(Shown(result) - 1)
        .SelectMany(c => new[] { c.Class, Number(c.Probability) });

    private IEnumerable<string> ValueNames(int count)
    {
        IReadOnlyList<string> targets = predictor.Windows is { } windows ? windows.Forecasts : predictor.Config.Data.Options is TableOptions table ? table.Target : [];
        return targets.Count == count ? targets : count == 1 ? ["value"] : Enumerable.Range(1, count).Select(i => $"value_{i}");
    }

    private static string Number(double value) => double.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : string.Empty;

    private static string Quoted(string field) => field.AsSpan().IndexOfAny(",\"\n\r") >= 0 ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;
}
