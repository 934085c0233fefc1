using System.Globalization;
using Regimen.Data;
using Regimen.Reports;

namespace Regimen.Findings;

/// <summary>Converts the inputs of a table's row back to its columns, in their original units.</summary>
internal static class TableColumns
{
    private const int MostColumns = 60;
    private const int LongestText = 80;

    /// <summary>Returns the columns of the first row of a buffer. A missing value shows as the one that replaced it.</summary>
    public static IReadOnlyList<FoundColumn> Read(TableRowEncoder encoder, BatchBuffer buffer)
    {
        var columns = new List<FoundColumn>();
        ReadOnlySpan<float> input = encoder.InputWidth > 0 ? buffer.Floats(Field.Input) : [];
        int at = 0;
        foreach (TableFeature feature in encoder.Features)
        {
            ReadOnlySpan<float> values = input.Slice(at, feature.Width);
            at += feature.Width;
            if (columns.Count < MostColumns)
            {
                columns.Add(new(feature.Name, feature.Kind == TableColumnKind.Numeric ? Number(Value(feature, values[0]))
                    : feature.Kind == TableColumnKind.Date ? Date(feature, values)
                    : Short(feature.CodeField is { } field ? Word(feature, (int)buffer.Longs(field)[0] - 1) : Word(feature, values.IndexOf(1f)))));
            }
        }

        return columns;
    }

    private static double Value(TableFeature feature, float input)
        => feature.Quantiles.Count > 0 ? QuantileScale.At([.. feature.Quantiles], input) : (input * feature.Scale) + feature.Offset;

    /// <summary>The parts of a date with their names; of one on a circle its sine and cosine.</summary>
    private static string Date(TableFeature feature, ReadOnlySpan<float> values)
    {
        var parts = new List<string>();
        foreach (DatePartEncoding part in feature.DateParts)
        {
            string value = part.IsCyclic ? $"{Number(values[0])}/{Number(values[1])}" : Number(Math.Round((values[0] * part.Scale) + part.Offset));
            parts.Add($"{part.Part.ToString().ToLowerInvariant()} {value}");
            values = values[part.Width..];
        }

        return Short(string.Join(", ", parts));
    }

    /// <summary>Returns the values of a plain row of numbers.</summary>
    public static IReadOnlyList<FoundColumn> Plain(ReadOnlySpan<float> values)
    {
        var columns = new List<FoundColumn>();
        for (int i = 0; i < Math.Min(MostColumns, values.Length); i++)
        {
            columns.Add(new($"input[{i.ToString(CultureInfo.InvariantCulture)}]", Number(values[i])));
        }

        return columns;
    }

    /// <summary>Formats a number with six significant digits: the inputs are float32, so further ones would be those of the conversion.</summary>
    public static string Number(double value)
        => !double.IsFinite(value) || value == 0 || Math.Abs(value) is < 1e-4 or >= 1e9
            ? value.ToString("G6", CultureInfo.InvariantCulture)
            : Math.Abs(value) >= 1e5 ? Math.Round(value).ToString("0", CultureInfo.InvariantCulture)
            : value.ToString("G6", CultureInfo.InvariantCulture);

    private static string Word(TableFeature feature, int index) => index >= 0 && index < feature.Words.Count ? feature.Words[index] : "(unknown)";

    private static string Short(string text) => text.Length <= LongestText ? text : $"{text[..LongestText]}…";
}
