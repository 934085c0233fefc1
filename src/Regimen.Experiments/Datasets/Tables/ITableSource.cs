using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>Where a table is stored.</summary>
internal interface ITableSource
{
    /// <summary>The name of the table in notes: its path, or the config key of its query.</summary>
    string Name { get; }

    /// <summary>The field separator of rows that are predicted from a CSV file.</summary>
    char Separator => ',';

    /// <summary>Reads columns of all rows, in an order that is the same whenever the data is the same.</summary>
    /// <exception cref="RequestException">The table can't be read, a column is missing or duplicated, or a value is invalid.</exception>
    Table Read(TableRequest request, CancellationToken cancellationToken);
}

/// <summary>What to read of a table.</summary>
/// <param name="Required">The required columns, and the config key of each.</param>
/// <param name="Choose">Whether to read a column. The arguments are its name and whether the table has no name for it; such a column is named
/// by its position.</param>
/// <param name="KindOf">Returns the specified kind of a column; null to detect it.</param>
/// <param name="Format">Returns the format of a column's cells.</param>
internal sealed record TableRequest(
    IEnumerable<(string Name, string Where)> Required, Func<string, bool, bool> Choose, Func<string, TableColumnKind?> KindOf, Func<string, CellFormat> Format);
