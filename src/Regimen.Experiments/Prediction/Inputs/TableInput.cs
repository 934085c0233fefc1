using System.Globalization;
using System.Text;
using Regimen.Data;
using Regimen.Datasets;

namespace Regimen.Prediction;

/// <summary>Encodes rows of a table with the encoding that was fitted to the training rows.</summary>
internal sealed class TableInput(TableEncoding encoding)
{
    /// <summary>The columns, in the order of the encoding.</summary>
    public IReadOnlyList<string> Columns { get; } = encoding.Columns;

    /// <summary>The encoding.</summary>
    public TableEncoding Encoding => encoding;

    /// <summary>Encodes rows given by column.</summary>
    /// <param name="rows">The rows: numbers, texts, booleans or null for a missing value, by the name of the column. Other names are ignored.</param>
    /// <param name="name">The name of the source in messages.</param>
    /// <exception cref="RequestException">A column is missing, or a value is invalid, missing or unknown; it holds every problem of the
    /// columns.</exception>
    public IDataset Samples(IReadOnlyList<IReadOnlyDictionary<string, object?>> rows, string name)
    {
        var block = new TableBlock(encoding, name);
        List<Problem> problems = [];
        for (int row = 0; row < rows.Count; row++)
        {
            foreach (string column in Columns)
            {
                if (!rows[row].TryGetValue(column, out object? value))
                {
                    problems.Add(Missing(column, rows[row].Keys, rows.Count == 1 ? name : $"{name}, row {row}"));
                }
                else if (problems.Count == 0)
                {
                    block.Add(column, Utf8(value), row);
                }
            }

            block.EndRow(row);
        }

        return problems.Count == 0 ? block.Encode() : throw new RequestException(problems);
    }

    /// <summary>Encodes rows of text cells in the order of <see cref="Columns"/>.</summary>
    /// <inheritdoc cref="Samples(IReadOnlyList{IReadOnlyDictionary{string, object}}, string)"/>
    public IDataset Samples(IReadOnlyList<IReadOnlyList<string?>> rows, string name)
    {
        var block = new TableBlock(encoding, name);
        for (int row = 0; row < rows.Count; row++)
        {
            if (rows[row].Count != Columns.Count)
            {
                throw new RequestException(new Problem("A row has another number of cells than the model has columns")
                {
                    Where = name,
                    Expected = $"{Columns.Count}: {string.Join(", ", Columns)}",
                    Received = $"{rows[row].Count}",
                });
            }

            for (int i = 0; i < Columns.Count; i++)
            {
                block.Add(Columns[i], Utf8(rows[row][i]), row);
            }

            block.EndRow(row);
        }

        return block.Encode();
    }

    /// <summary>The problem of a column that a source lacks.</summary>
    public Problem Missing(string column, IEnumerable<string> present, string where) => new($"There is no column '{column}'")
    {
        Where = where,
        Expected = $"the columns {string.Join(", ", Columns)}, in any order",
        Received = string.Join(", ", present),
        Hint = Spelling.DidYouMean(column, present),
    };

    /// <summary>Returns the text of a value, as a cell of the training table would have it.</summary>
    private byte[] Utf8(object? value) => System.Text.Encoding.UTF8.GetBytes(value switch
    {
        null => encoding.MissingText,
        string text => text.Trim(),
        double number => encoding.Format(number.ToString("R", CultureInfo.InvariantCulture)),
        float number => encoding.Format(number.ToString("R", CultureInfo.InvariantCulture)),
        IFormattable other => encoding.Format(other.ToString(null, CultureInfo.InvariantCulture)),
        _ => value.ToString() ?? encoding.MissingText,
    });
}

/// <summary>Some rows of a table, collected column by column and encoded together.</summary>
internal sealed class TableBlock
{
    private readonly TableEncoding _encoding;
    private readonly string _path;
    private readonly Dictionary<string, TableColumn> _columns;
    private readonly ColumnBlocks<int> _lines = new();

    public TableBlock(TableEncoding encoding, string path)
    {
        _encoding = encoding;
        _path = path;
        _columns = encoding.NewColumns().ToDictionary(c => c.Name);
    }

    /// <summary>The number of rows.</summary>
    public int Rows => _lines.Count;

    /// <summary>Adds a cell of the row that is being added.</summary>
    /// <param name="column">The name of the column.</param>
    /// <param name="text">The text of the cell, without quotes and white space around it.</param>
    /// <param name="line">The line of the row, for messages.</param>
    /// <exception cref="RequestException">The text is not a value of the column.</exception>
    public void Add(string column, ReadOnlySpan<byte> text, int line)
    {
        if (_columns[column].Add(text) is { } problem)
        {
            throw new RequestException(problem with
            {
                Where = string.Create(CultureInfo.InvariantCulture, $"{_path}({line}), column {column}"),
                Hint = null,
            });
        }
    }

    /// <summary>Ends a row.</summary>
    public void EndRow(int line) => _lines.Add(line);

    /// <summary>Encodes the rows.</summary>
    /// <exception cref="RequestException">A value is missing or unknown.</exception>
    public IDataset Encode()
    {
        var table = new Table(_path, [.. _columns.Values], _lines);
        try
        {
            return _encoding.Samples(table, [.. Enumerable.Range(0, Rows)]);
        }
        catch (RequestException exception)
        {
            // The hints are about the config of a training.
            throw new RequestException([.. exception.Problems.Select(p => p with { Hint = null })], exception);
        }
    }
}
