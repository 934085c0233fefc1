using Regimen.Data;
using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Exporting;

/// <summary>The raw columns of encoded rows of a table, for a comparison.</summary>
internal sealed class TableColumns
{
    private readonly IReadOnlyList<(string Name, double[]? Numbers, string[]? Words)> _columns;

    private TableColumns(IReadOnlyList<(string Name, double[]? Numbers, string[]? Words)> columns) => _columns = columns;

    /// <summary>Reverses the encoding of samples.</summary>
    public static TableColumns Of(TableRowEncoder encoder, ExportSamples samples)
    {
        var columns = new List<(string, double[]?, string[]?)>();
        int at = 0;
        foreach (TableFeature feature in encoder.Features)
        {
            columns.Add(feature.Kind == TableColumnKind.Numeric
                ? (feature.Name, Numbers(feature, samples[Field.Input], at), null)
                : (feature.Name, null, feature.CodeField is null ? OneHot(feature, samples[Field.Input], at) : Codes(feature, samples[feature.CodeField])));
            at += feature.Width;
        }

        return new TableColumns(columns);
    }

    /// <summary>The columns of some rows: float64 <c>[rows, 1]</c>, or a text for each row.</summary>
    public IReadOnlyDictionary<string, object> Feed(int start, int count) => _columns.ToDictionary(
        c => c.Name,
        c => c.Numbers is { } numbers ? (object)tensor(numbers[start..(start + count)]).reshape(count, 1) : c.Words![start..(start + count)]);

    private static double[] Numbers(TableFeature feature, Tensor rows, int at)
    {
        float[] values = TensorMemory.Span<float>(rows).ToArray();
        int width = (int)rows.size(1);
        return [.. Enumerable.Range(0, (int)rows.size(0)).Select(i => feature.HasIndicator && values[(i * width) + at + 1] == 1
            ? double.NaN
            : (values[(i * width) + at] * feature.Scale) + feature.Offset)];
    }

    private static string[] OneHot(TableFeature feature, Tensor rows, int at)
    {
        float[] values = TensorMemory.Span<float>(rows).ToArray();
        int width = (int)rows.size(1);
        return [.. Enumerable.Range(0, (int)rows.size(0)).Select(i => Word(feature, Array.IndexOf(values, 1f, (i * width) + at, feature.ValueWidth) - (i * width) - at))];
    }

    private static string[] Codes(TableFeature feature, Tensor codes) => [.. TensorMemory.Span<long>(codes).ToArray().Select(c => Word(feature, (int)c - 1))];

    /// <summary>The text of a category; of an unknown one a text that is not among them.</summary>
    private static string Word(TableFeature feature, int index) => index >= 0 && index < feature.Words.Count ? feature.Words[index] : $"not {string.Concat(feature.Words)}";
}
