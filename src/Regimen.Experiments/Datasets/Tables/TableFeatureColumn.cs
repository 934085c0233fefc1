using System.Runtime.CompilerServices;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>Encodes a column of a table in memory.</summary>
internal static class TableFeatureColumn
{
    /// <summary>Encodes numbers, or categories as one-hot inputs.</summary>
    /// <param name="feature">The encoding of the column.</param>
    /// <param name="table">The table.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="to">The output, initially zeros: the first row's values, with <paramref name="stride"/> values from row to row.</param>
    /// <param name="stride">The number of values per row, of all features.</param>
    /// <param name="ignoresUnknown">Whether unknown categories are encoded as zeros.</param>
    /// <exception cref="RequestException">A value is missing, or a category is unknown.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Encode(TableFeature feature, Table table, ReadOnlySpan<int> rows, Span<float> to, int stride, bool ignoresUnknown)
    {
        TableColumn column = table[feature.Name];
        if (feature.IsPlainNumber)
        {
            for (int i = 0; i < rows.Length; i++)
            {
                double number = column.Number(rows[i]);
                number = double.IsNaN(number) ? feature.Fill ?? throw IsMissing(feature, table, rows[i]) : number;
                to[i * stride] = feature.Input(number);
            }

            return;
        }

        if (feature.Kind != TableColumnKind.Categorical)
        {
            for (int i = 0; i < rows.Length; i++)
            {
                double number = column.Number(rows[i]);
                bool isMissing = double.IsNaN(number);
                feature.Encode(isMissing ? feature.Fill ?? throw IsMissing(feature, table, rows[i]) : number, isMissing, to.Slice(i * stride, feature.Width));
            }

            return;
        }

        MarkMissing(feature, column, rows, to, stride);
        int[] places = Places(feature, column);
        for (int i = 0; i < rows.Length; i++)
        {
            if (PlaceOf(feature, places, table, column, rows[i], ignoresUnknown) is >= 0 and int place)
            {
                to[(i * stride) + place] = 1;
            }
        }
    }

    /// <summary>Encodes categories as codes.</summary>
    /// <param name="feature">The encoding of the column.</param>
    /// <param name="table">The table.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="to">The output: the first row's code, with <paramref name="stride"/> codes from row to row.</param>
    /// <param name="stride">The number of codes per row, of all features.</param>
    /// <param name="ignoresUnknown">Whether unknown categories are accepted.</param>
    /// <exception cref="RequestException">A value is missing, or a category is unknown.</exception>
    public static void EncodeCodes(TableFeature feature, Table table, ReadOnlySpan<int> rows, Span<int> to, int stride, bool ignoresUnknown)
    {
        TableColumn column = table[feature.Name];
        int[] places = Places(feature, column);
        for (int i = 0; i < rows.Length; i++)
        {
            to[i * stride] = PlaceOf(feature, places, table, column, rows[i], ignoresUnknown) + 1;
        }
    }

    /// <summary>Writes the indicators of missing values.</summary>
    public static void MarkMissing(TableFeature feature, TableColumn column, ReadOnlySpan<int> rows, Span<float> to, int stride)
    {
        for (int i = 0; i < rows.Length && feature.HasIndicator; i++)
        {
            to[(i * stride) + feature.Width - 1] = column.IsMissing(rows[i]) ? 1 : 0;
        }
    }

    /// <summary>Maps the categories of a column, and behind them its missing value, to their indices in the encoding; unknown ones to the bucket or
    /// −1.</summary>
    private static int[] Places(TableFeature feature, TableColumn column)
    {
        return [.. column.Words.Select(Place), feature.FillWord is null ? -1 : Place(feature.FillWord)];

        int Place(string word) => feature.IndexOf(word) is >= 0 and int index ? index : feature.HasBucket ? feature.Words.Count : -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PlaceOf(TableFeature feature, int[] places, Table table, TableColumn column, int row, bool ignoresUnknown)
    {
        int code = column.Code(row);
        int place = code >= 0 ? places[code] : feature.FillWord is not null ? places[^1] : throw IsMissing(feature, table, row);
        return place >= 0 || (feature.IgnoresUnknown ?? ignoresUnknown) ? place : throw IsUnknown(feature, table, column, row);
    }

    private static RequestException IsUnknown(TableFeature feature, Table table, TableColumn column, int row) => new(new Problem("A category does not occur in the training rows")
    {
        Where = table.Place(row, feature.Name),
        Expected = feature.Choices(),
        Received = CsvField.Short(column.Word(row) ?? feature.FillWord ?? string.Empty),
        Hint = $"Set data.unknown=zeros to encode unknown categories as {(feature.CodeField is null ? "zeros" : "the code 0")}.",
    });

    private static RequestException IsMissing(TableFeature feature, Table table, int row) => new(new Problem("A value is missing")
    {
        Where = table.Place(row, feature.Name),
        Expected = "a value, or data.missing other than error",
        Received = FormattableString.Invariant($"no value; {table[feature.Name].Missing} of {table.Rows} rows have none"),
        Hint = "Set data.missing=drop_row to drop such rows, or mean or median to fill them in (a category with the most frequent one).",
    });
}
