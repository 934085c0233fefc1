namespace Regimen.Data;

/// <summary>A summary of a table, column by column.</summary>
/// <param name="Path">The file.</param>
/// <param name="Rows">The number of rows.</param>
/// <param name="Columns">The columns that are read, in the file's order.</param>
internal sealed record TableSummary(string Path, int Rows, IReadOnlyList<TableColumnSummary> Columns);

/// <summary>A summary of one column of a table.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Role">feature or target.</param>
/// <param name="Kind">numeric or categorical.</param>
/// <param name="Missing">The number of rows without a value.</param>
/// <param name="Numbers">The range of a numeric column; null for a categorical one.</param>
/// <param name="Bins">For a numeric column, the histogram: the rows in each of equal steps from minimum to maximum. For a categorical one, the
/// rows of each of <paramref name="Words"/>.</param>
/// <param name="Words">The most frequent categories; empty for a numeric column.</param>
/// <param name="DifferentWords">The number of different categories; 0 for a numeric column.</param>
internal sealed record TableColumnSummary(
    string Name, string Role, string Kind, int Missing, ValueRange? Numbers, IReadOnlyList<long> Bins, IReadOnlyList<string> Words, int DifferentWords);

/// <summary>Statistics of values.</summary>
/// <param name="Min">The minimum.</param>
/// <param name="Max">The maximum.</param>
/// <param name="Mean">The mean.</param>
/// <param name="Std">The standard deviation.</param>
internal sealed record ValueRange(double Min, double Max, double Mean, double Std)
{
    internal static ValueRange Of(RunningStatistics moments) => new(moments.Min, moments.Max, moments.Mean, moments.Std);
}
