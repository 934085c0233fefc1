using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>The pre-processing of one column: that of the first rule that matches it, else that of the table.</summary>
internal sealed record ColumnSettings(
    TableScaling Scaling, MissingPolicy Missing, bool HasIndicator, UnknownWords Unknown, int MinFrequency, IReadOnlyList<DatePart> DateParts, bool IsCyclic, NumberFormat Numbers)
{
    /// <summary>Whether categories that are not known are accepted.</summary>
    public bool IgnoresUnknown => Unknown != UnknownWords.Error || MinFrequency > 1;

    /// <summary>Returns the settings of a column.</summary>
    public static ColumnSettings Of(TableOptions options, string column)
    {
        ColumnRule? rule = options.Columns.FirstOrDefault(r => new NamePattern(r.Match).Matches(column));
        return new(
            rule?.Scaling ?? options.Scaling,
            rule?.Missing ?? options.Missing,
            rule?.MissingIndicator ?? options.MissingIndicator,
            rule?.Unknown ?? options.Unknown,
            rule?.MinFrequency ?? options.MinFrequency,
            rule?.DateParts ?? options.DateParts,
            rule?.DateCyclic ?? options.DateCyclic,
            rule is { Decimal: null, Thousands: null } or null
                ? TableFormat.Of(options).Numbers
                : TableFormat.Numbers(rule.Decimal ?? options.Decimal, rule.Thousands == "none" ? null : rule.Thousands ?? options.Thousands, "data.columns"));
    }

    /// <summary>Returns the problems of rules that match no column, or ask for nothing of dates.</summary>
    public static IEnumerable<Problem> Check(TableOptions options, IReadOnlyCollection<string> columns)
    {
        foreach (ColumnRule rule in options.Columns)
        {
            if (new NamePattern(rule.Match).MatchesNothing("data.columns", columns, "a column of the table") is { } problem)
            {
                yield return problem;
            }
        }

        foreach (string date in options.Dates.Where(d => Of(options, d).DateParts is { } parts && (parts.Count == 0 || parts.Distinct().Count() < parts.Count)))
        {
            yield return new Problem($"The dates of the column {date} have no parts, or one twice") { Where = "data.date_parts", Expected = "different parts, such as [year, month, weekday]" };
        }
    }
}
