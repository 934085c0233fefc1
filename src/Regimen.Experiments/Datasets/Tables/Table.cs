using System.Globalization;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>The used columns of a table in memory.</summary>
/// <param name="Path">The path of the file, or what else messages name the table by.</param>
/// <param name="Columns">The columns, in the table's order.</param>
/// <param name="Rows">The number of rows.</param>
internal sealed record Table(string Path, IReadOnlyList<TableColumn> Columns, int Rows)
{
    /// <summary>The line on which each row begins, from 1; null for a table that is not a text.</summary>
    public ColumnBlocks<int>? Lines { get; init; }

    /// <summary>The number of rows before the first one, where this is a block of a larger table.</summary>
    public int FirstRow { get; init; }

    /// <summary>The column with this name.</summary>
    public TableColumn this[string name] => Columns.First(c => c.Name == name);

    /// <summary>Reads selected columns of a file.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="separator">The field separator.</param>
    /// <param name="format">Returns the format of a column's cells.</param>
    /// <param name="required">The required columns, and the config key of each.</param>
    /// <param name="choose">Whether to read a column. The arguments are its name and whether the header has no name for it; such a column
    /// is named by its position.</param>
    /// <param name="kindOf">Returns the specified kind of a column; null to detect it.</param>
    /// <exception cref="RequestException">The file can't be read, a column is missing or duplicated, or a field is invalid.</exception>
    public static Table Read(
        string path,
        char separator,
        Func<string, CellFormat> format,
        IEnumerable<(string Name, string Where)> required,
        Func<string, bool, bool> choose,
        Func<string, TableColumnKind?> kindOf)
    {
        List<TableColumn> columns = [];
        HashSet<TableColumn> unnamed = [];
        ColumnBlocks<int> lines = new CsvFile(path, separator).Read(header =>
        {
            string[] names = [.. header.Select((name, i) => name.Length > 0 ? name : NameByPosition(header, i))];
            Check(path, separator, header, names, required);
            TableColumn?[] chosen = [.. names.Select((name, i) => choose(name, header[i].Length == 0) ? new TableColumn(name, kindOf(name), header[i].Length > 0 ? format(name) : format(name).WithEmpty()) : null)];
            columns.AddRange(chosen.OfType<TableColumn>());
            unnamed.UnionWith(chosen.Where((column, i) => column is not null && header[i].Length == 0).OfType<TableColumn>());
            return chosen;
        });

        // An unnamed, empty column comes from a separator at the end of every line.
        columns.RemoveAll(column => unnamed.Contains(column) && column.Missing == lines.Count);
        return lines.Count > 0 ? new Table(path, columns, lines.Count) { Lines = lines } : throw new RequestException(
            new Problem("The table has no rows") { Where = path, Expected = "rows below the header" });
    }

    /// <summary>Formats the location of a cell for messages.</summary>
    public string Place(int row, string column) => string.Create(CultureInfo.InvariantCulture, $"{Path}({Line(row)}), column {column}");

    /// <summary>Returns the line of a row in its file, or its number from 1 where the table has no lines.</summary>
    public int Line(int row) => Lines?[row] ?? FirstRow + row + 1;

    internal static void Check(string path, char separator, IReadOnlyList<string> header, string[] names, IEnumerable<(string Name, string Where)> required)
    {
        List<Problem> problems = [];
        for (int i = 0; i < header.Count; i++)
        {
            if (header[i].Length > 0 && header.Take(i).Contains(header[i]))
            {
                problems.Add(new Problem("Two columns have the same name") { Where = $"{path}(1)", Received = $"{header[i]}, columns {header.Index().First(h => h.Item == header[i]).Index + 1} and {i + 1}" });
            }
        }

        foreach ((string name, string where) in required.Where(r => !names.Contains(r.Name) && !header.Contains(r.Name)))
        {
            problems.Add(new Problem(name.Length == 0 ? "All columns have names" : $"There is no column '{name}'")
            {
                Where = where,
                Expected = $"one of {string.Join(", ", names.Take(30))}, in the header of {path}",
                Received = name,
                Hint = Spelling.DidYouMean(name, names) ?? OtherSeparator(separator, header),
            });
        }

        if (problems.Count > 0)
        {
            throw new RequestException(problems);
        }
    }

    /// <summary>Creates a name for a column without one, such as the index column written by pandas.</summary>
    private static string NameByPosition(IReadOnlyList<string> header, int index)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"column_{index + 1}");
        while (header.Contains(name))
        {
            name += "_";
        }

        return name;
    }

    private static string? OtherSeparator(char separator, IReadOnlyList<string> header)
    {
        char? other = header.Count > 1 ? null : ((char[])[',', ';', '\t', '|']).Where(c => c != separator && header[0].Contains(c, StringComparison.Ordinal)).Cast<char?>().FirstOrDefault();
        return other is null ? null : other == '\t' ? "The fields seem to be separated by tabs. Set data.separator=tab." : $"The fields seem to be separated by '{other}'. Set {ShellText.Setting("data.separator", other.Value.ToString())}.";
    }
}
