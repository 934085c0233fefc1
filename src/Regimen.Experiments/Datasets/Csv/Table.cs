using System.Globalization;

namespace Regimen.Datasets;

/// <summary>A table in memory: the columns that are used, in the header's order.</summary>
/// <param name="Path">The file it was read from.</param>
/// <param name="Columns">The columns, in the header's order.</param>
/// <param name="Lines">The line on which each row begins, from 1.</param>
internal sealed record Table(string Path, IReadOnlyList<TableColumn> Columns, ColumnBlocks<int> Lines)
{
    /// <summary>How many rows there are.</summary>
    public int Rows => Lines.Count;

    /// <summary>A column by its name.</summary>
    public TableColumn this[string name] => Columns.First(c => c.Name == name);

    /// <summary>Reads the columns that are chosen of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="separator">What stands between fields.</param>
    /// <param name="format">How its cells are written.</param>
    /// <param name="required">Columns that must be there.</param>
    /// <param name="choose">Which of the columns to read; a column without a name comes with the one of its position, and true.</param>
    /// <param name="kindOf">A column's kind where it is stated.</param>
    /// <exception cref="RequestException">The file can't be read, a column is missing or twice there, or a field is wrong.</exception>
    public static Table Read(
        string path,
        char separator,
        CellFormat format,
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
            TableColumn?[] chosen = [.. names.Select((name, i) => choose(name, header[i].Length == 0) ? new TableColumn(name, kindOf(name), header[i].Length > 0 ? format : format.WithEmpty()) : null)];
            columns.AddRange(chosen.OfType<TableColumn>());
            unnamed.UnionWith(chosen.Where((column, i) => column is not null && header[i].Length == 0).OfType<TableColumn>());
            return chosen;
        });

        // As a separator at the end of every line makes it.
        columns.RemoveAll(column => unnamed.Contains(column) && column.Missing == lines.Count);
        return lines.Count > 0 ? new Table(path, columns, lines) : throw new RequestException(
            new Problem("The table has no rows") { Where = path, Expected = "rows below the header" });
    }

    /// <summary>A row's place, as problems name it.</summary>
    public string Place(int row, string column) => string.Create(CultureInfo.InvariantCulture, $"{Path}({Lines[row]}), column {column}");

    private static void Check(string path, char separator, IReadOnlyList<string> header, string[] names, IEnumerable<(string Name, string Where)> required)
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
            problems.Add(new Problem(name.Length == 0 ? "Every column has a name" : $"There is no column '{name}'")
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

    /// <summary>The name of a column that has none: pandas writes its index so.</summary>
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
        return other is null ? null : other == '\t' ? "Fields seem to be apart by tabs: set data.separator=tab." : $"Fields seem to be apart by '{other}': set {ShellText.Setting("data.separator", other.Value.ToString())}.";
    }
}
