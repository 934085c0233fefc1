using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Regimen.Data;
using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>Reads a CSV file (RFC 4180): a header line, then one row per line. Fields that contain the separator are quoted. The encoding
/// is UTF-8, with or without a byte order mark.</summary>
internal sealed class CsvFile(string path, char separator)
{
    /// <summary>The number of fields from which columns are filled by several threads.</summary>
    private const int FieldsInParallel = 4096;

    /// <summary>Reads the whole file.</summary>
    /// <param name="choose">Returns the columns to fill for a header; null for columns to skip.</param>
    /// <returns>The line number of each row.</returns>
    /// <exception cref="RequestException">The file can't be read, or a field is invalid; the message names the location.</exception>
    public ColumnBlocks<int> Read(Func<IReadOnlyList<string>, TableColumn?[]> choose)
    {
        InputFile.RequireRegular(path);
        using FileStream file = InputFile.Open(path);
        var rows = new CsvRows(file, path, separator);
        TableColumn?[]? columns = null;
        var lines = new ColumnBlocks<int>();
        List<int> used = [];
        while (rows.Read())
        {
            used.Clear();
            RequestException? ragged = null;
            for (int row = 0; row < rows.Rows && ragged is null; row++)
            {
                if (rows.Fields(row) == 1 && CsvField.Trim(rows.Field(row, 0)).IsEmpty)
                {
                    continue;
                }

                if (columns is null)
                {
                    if (!IsSeparatorLine(rows, row))
                    {
                        columns = choose(Header(rows, row));
                    }
                }
                else if (rows.Fields(row) != columns.Length && !EndsWithSeparator(rows, row, columns.Length))
                {
                    ragged = OtherCount(rows, row, columns.Length);
                }
                else
                {
                    used.Add(row);
                    lines.Add(rows.Line(row));
                }
            }

            Fill(columns ?? [], rows, used);
            if (ragged is not null)
            {
                throw ragged;
            }
        }

        return columns is not null ? lines : throw new RequestException(new Problem("The file is empty")
        {
            Where = path,
            Expected = "a header with the column names, then rows",
        });
    }

    /// <summary>Whether a row is the first line <c>sep=;</c> written by Excel, which declares the field separator.</summary>
    private bool IsSeparatorLine(CsvRows rows, int row)
    {
        ReadOnlySpan<byte> first = rows.Field(row, 0);
        if (rows.Line(row) != 1 || !first.StartsWith("sep="u8))
        {
            return false;
        }

        return rows.Fields(row) == 1 && first.Length == 5
            ? throw new RequestException(new Problem("The file declares another field separator")
            {
                Where = rows.Place(row, 0),
                Expected = $"sep={separator}, as set by data.separator",
                Received = Encoding.UTF8.GetString(first),
                Hint = $"Set {ShellText.Setting("data.separator", first[4] == (byte)'\t' ? "tab" : ((char)first[4]).ToString())}.",
            })
            : rows.Fields(row) == 2 && first.Length == 4 && rows.Field(row, 1).IsEmpty;
    }

    /// <summary>Whether a row has one more field than the header, which is empty: the line ends with a separator.</summary>
    private static bool EndsWithSeparator(CsvRows rows, int row, int expected) => rows.Fields(row) == expected + 1 && CsvField.Trim(rows.Field(row, expected)).IsEmpty;

    /// <summary>Adds the fields of some rows to their columns. Columns are independent. Each is filled by one thread at a time, in row
    /// order.</summary>
    private static void Fill(TableColumn?[] columns, CsvRows rows, List<int> used)
    {
        if (used.Count == 0)
        {
            return;
        }

        var wrong = new (int Row, Problem Problem)?[columns.Length];
        if (used.Count * columns.Length < FieldsInParallel)
        {
            for (int i = 0; i < columns.Length; i++)
            {
                wrong[i] = Fill(columns[i], i, rows, used);
            }
        }
        else
        {
            // One thread fills adjacent columns, to avoid false sharing of cache lines.
            int ranges = Math.Min(columns.Length, 2 * Environment.ProcessorCount);
            Parallel.For(0, ranges, range =>
            {
                for (int i = range * columns.Length / ranges; i < (range + 1) * columns.Length / ranges; i++)
                {
                    wrong[i] = Fill(columns[i], i, rows, used);
                }
            });
        }

        // Report the first problem in row order, independent of threads.
        if (wrong.OfType<(int Row, Problem Problem)>().OrderBy(w => w.Row).Select(w => w.Problem).FirstOrDefault() is { } first)
        {
            throw new RequestException(first);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (int Row, Problem Problem)? Fill(TableColumn? column, int index, CsvRows rows, List<int> used)
    {
        byte[] unquoted = [];
        foreach (int row in CollectionsMarshal.AsSpan(used))
        {
            ReadOnlySpan<byte> text = rows.Field(row, index, out bool hasQuotes);
            if (column is null && !hasQuotes)
            {
                continue;
            }

            text = CsvField.Trim(text);
            if (hasQuotes && !CsvField.TryUnquote(ref text, ref unquoted))
            {
                return (row, StrayQuote(rows, row, index));
            }

            if (column?.Add(text) is { } problem)
            {
                return (row, problem with { Where = $"{rows.Place(row, index)}, column {column.Name}" });
            }
        }

        return null;
    }

    private static string[] Header(CsvRows rows, int row)
    {
        byte[] unquoted = [];
        var names = new string[rows.Fields(row)];
        for (int i = 0; i < names.Length; i++)
        {
            ReadOnlySpan<byte> name = CsvField.Trim(rows.Field(row, i));
            names[i] = CsvField.TryUnquote(ref name, ref unquoted) ? Encoding.UTF8.GetString(name) : throw new RequestException(StrayQuote(rows, row, i));
        }

        return names;
    }

    private RequestException OtherCount(CsvRows rows, int row, int expected)
    {
        byte[] unquoted = [];
        for (int i = 0; i < rows.Fields(row); i++)
        {
            ReadOnlySpan<byte> text = CsvField.Trim(rows.Field(row, i));
            if (!CsvField.TryUnquote(ref text, ref unquoted))
            {
                // An unclosed quote swallows the following fields, so it is the actual problem.
                return new RequestException(StrayQuote(rows, row, i));
            }
        }

        return new RequestException(new Problem("The number of fields differs from the header")
        {
            Where = rows.Place(row, Math.Min(rows.Fields(row), expected) - 1),
            Expected = $"{expected} fields",
            Received = $"{rows.Fields(row)}",
            Hint = $"Quote fields that contain {(separator == '\t' ? "a tab" : $"'{separator}'")}. Set data.separator for another separator.",
        });
    }

    private static Problem StrayQuote(CsvRows rows, int row, int index) => new("Misplaced quote")
    {
        Where = rows.Place(row, index),
        Expected = "a field that is quoted as a whole, with inner quotes doubled",
        Received = CsvField.Short(CsvField.Trim(rows.Field(row, index))),
    };
}
