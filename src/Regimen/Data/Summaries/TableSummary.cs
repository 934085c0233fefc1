namespace Regimen.Data;

/// <summary>What a table holds, column by column.</summary>
/// <param name="Path">The file.</param>
/// <param name="Rows">How many rows it has.</param>
/// <param name="Columns">The columns that are read, in the file's order.</param>
public sealed record TableSummary(string Path, int Rows, IReadOnlyList<TableColumnSummary> Columns);

/// <summary>One column of a table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Role">feature or target.</param>
/// <param name="Kind">numeric or categorical.</param>
/// <param name="Missing">Rows without a value.</param>
/// <param name="Numbers">Between what its numbers lie; null for words.</param>
/// <param name="Bins">Numbers: rows in each of as many equal steps from the least to the greatest. Words: rows of each of
/// <paramref name="Words"/>.</param>
/// <param name="Words">The most frequent words; empty for numbers.</param>
/// <param name="DifferentWords">How many different words there are; 0 for numbers.</param>
public sealed record TableColumnSummary(
    string Name, string Role, string Kind, int Missing, ValueRange? Numbers, IReadOnlyList<long> Bins, IReadOnlyList<string> Words, int DifferentWords);

/// <summary>Between what values lie.</summary>
/// <param name="Min">The least.</param>
/// <param name="Max">The greatest.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Std">Their standard deviation.</param>
public sealed record ValueRange(double Min, double Max, double Mean, double Std)
{
    internal static ValueRange Of(RunningStatistics moments) => new(moments.Min, moments.Max, moments.Mean, moments.Std);
}
