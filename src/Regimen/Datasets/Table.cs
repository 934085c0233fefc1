using System.Globalization;
using Regimen.Catalog;

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
    /// <param name="missingValues">What stands where there is no value.</param>
    /// <param name="required">Columns that must be there.</param>
    /// <param name="choose">Which of the columns to read.</param>
    /// <param name="kindOf">A column's kind where it is stated.</param>
    /// <exception cref="RequestException">The file can't be read, a column is missing or twice there, or a field is wrong.</exception>
    public static Table Read(
        string path,
        char separator,
        IEnumerable<string> missingValues,
        IEnumerable<(string Name, string Where)> required,
        Func<string, bool> choose,
        Func<string, TableColumnKind?> kindOf)
    {
        var missing = new MissingWords(missingValues);
        List<TableColumn> columns = [];
        ColumnBlocks<int> lines = new CsvFile(path, separator).Read(header =>
        {
            Check(path, separator, header, required);
            TableColumn?[] chosen = [.. header.Select(name => choose(name) ? new TableColumn(name, kindOf(name), missing) : null)];
            columns.AddRange(chosen.OfType<TableColumn>());
            return chosen;
        });
        return lines.Count > 0 ? new Table(path, columns, lines) : throw new RequestException(
            new Problem("The table has no rows") { Where = path, Expected = "rows below the header" });
    }

    /// <summary>A row's place, as problems name it.</summary>
    public string Place(int row, string column) => string.Create(CultureInfo.InvariantCulture, $"{Path}({Lines[row]}), column {column}");

    private static void Check(string path, char separator, IReadOnlyList<string> header, IEnumerable<(string Name, string Where)> required)
    {
        List<Problem> problems = [];
        for (int i = 0; i < header.Count; i++)
        {
            if (header[i].Length == 0)
            {
                problems.Add(new Problem("A column has no name") { Where = $"{path}(1)", Expected = "a name for each column", Received = $"none for column {i + 1}" });
            }
            else if (header.Take(i).Contains(header[i]))
            {
                problems.Add(new Problem("Two columns have the same name") { Where = $"{path}(1)", Received = $"{header[i]}, columns {header.Index().First(h => h.Item == header[i]).Index + 1} and {i + 1}" });
            }
        }

        foreach ((string name, string where) in required.Where(r => !header.Contains(r.Name)))
        {
            problems.Add(new Problem($"There is no column '{name}'")
            {
                Where = where,
                Expected = $"one of {string.Join(", ", header.Take(30))}, in the header of {path}",
                Received = name,
                Hint = Spelling.DidYouMean(name, header) ?? OtherSeparator(separator, header),
            });
        }

        if (problems.Count > 0)
        {
            throw new RequestException(problems);
        }
    }

    private static string? OtherSeparator(char separator, IReadOnlyList<string> header)
    {
        char? other = header.Count > 1 ? null : ((char[])[',', ';', '\t', '|']).Where(c => c != separator && header[0].Contains(c, StringComparison.Ordinal)).Cast<char?>().FirstOrDefault();
        return other is null ? null : other == '\t' ? "Fields seem to be apart by tabs: set data.separator=tab." : $"Fields seem to be apart by '{other}': set data.separator=\"{other}\".";
    }
}
