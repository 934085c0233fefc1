using System.Globalization;

namespace Regimen.Datasets;

/// <summary>The file and line of each sample of a table's splits; of a window, those of its last row.</summary>
internal sealed class RowPlaces
{
    private readonly TableOptions _options;
    private readonly Dictionary<string, (string Path, int[] Lines)> _parts;

    public RowPlaces(TableOptions options, Table table, int[] train, int[] validation, Table testTable, int[] test)
    {
        _options = options;
        _parts = new() { ["train"] = LinesOf(table, train), ["val"] = LinesOf(table, validation), ["test"] = LinesOf(testTable, test) };
    }

    /// <summary>Returns the place of a sample.</summary>
    public string Of(string part, int index)
    {
        (string path, int[] lines) = _parts[part];
        int row = _options.Window is { } window ? (index * (part == "train" ? _options.Stride : 1)) + window - 1 : index;
        return string.Create(CultureInfo.InvariantCulture, $"{path}({lines[row]})");
    }

    private static (string, int[]) LinesOf(Table table, int[] rows) => (table.Path, Array.ConvertAll(rows, table.Line));
}
