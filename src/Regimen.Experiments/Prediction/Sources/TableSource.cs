using System.Globalization;
using System.Text;
using Regimen.Data;
using Regimen.Datasets;

namespace Regimen.Prediction;

/// <summary>Reads the rows of a CSV table: a header with the columns of the training table in any order, then rows. Other columns, such as the
/// target, are ignored. A row that is invalid is reported, and the next one is read.</summary>
internal sealed class TableSource(Predictor predictor, int together, Action<IReadOnlyList<Problem>> refused)
{
    /// <summary>Reads a table.</summary>
    /// <param name="name">The name in messages and results.</param>
    /// <param name="stream">The text.</param>
    public IEnumerable<InputBlock> Read(string name, Stream stream)
    {
        TableInput table = predictor.RequireTable();
        var rows = new CsvRows(stream, name, table.Separator);
        int[]? places = null;
        int fields = 0;
        bool any = false;
        WindowedRows? windows = predictor.Windows is { } series ? new(predictor, table, series.Window) : null;
        while (rows.Read())
        {
            List<int> used = [];
            for (int row = 0; row < rows.Rows; row++)
            {
                bool isEmpty = rows.Fields(row) == 1 && CsvField.Trim(rows.Field(row, 0)).IsEmpty;
                if (isEmpty || (places is null && IsSeparatorLine(rows, row)))
                {
                    continue;
                }

                if (places is null)
                {
                    fields = rows.Fields(row);
                    places = Places(table, rows, row, name);
                }
                else if (rows.Fields(row) != fields && !(rows.Fields(row) == fields + 1 && CsvField.Trim(rows.Field(row, fields)).IsEmpty))
                {
                    refused([OtherCount(rows, row, fields)]);
                }
                else
                {
                    used.Add(row);
                }
            }

            for (int first = 0; first < used.Count; first += together)
            {
                any = true;
                if (windows is not null)
                {
                    // A row that can't be read ends the forecasts: the rows around it are not neighbours.
                    if (windows.Add([.. used.GetRange(first, Math.Min(together, used.Count - first)).Select(row => (Place(rows, row, name), Cells(rows, row, places!)))]) is { } forecast)
                    {
                        yield return forecast;
                    }
                }
                else if (Block(table, rows, used.GetRange(first, Math.Min(together, used.Count - first)), places!, name) is { } block)
                {
                    yield return block;
                }
            }
        }

        if (any && windows is { HasForecast: false })
        {
            throw new RequestException(new Problem("The table has fewer rows than a window")
            {
                Where = name,
                Expected = string.Create(CultureInfo.InvariantCulture, $"at least {predictor.Windows!.Window} rows, from which a forecast is made"),
            });
        }

        if (!any)
        {
            throw new RequestException(new Problem(places is null ? "The table is empty" : "The table has no rows") { Where = name, Expected = "a header with the column names, then rows" });
        }
    }

    private InputBlock? Block(TableInput table, CsvRows rows, List<int> some, int[] places, string name)
    {
        try
        {
            return Encode(table, rows, some, places, name);
        }
        catch (RequestException) when (some.Count > 1)
        {
            // Find the invalid rows, and keep the others.
            InputBlock[] valid = [.. some.Select(row => Block(table, rows, [row], places, name)).OfType<InputBlock>()];
            return valid.Length == 0 ? null : new([.. valid.SelectMany(v => v.Names)], [.. valid.SelectMany(v => v.Samples)]);
        }
        catch (RequestException exception)
        {
            refused(exception.Problems);
            return null;
        }
    }

    private InputBlock Encode(TableInput table, CsvRows rows, List<int> some, int[] places, string name)
    {
        string[] names = [.. some.Select(row => Place(rows, row, name))];
        string[][] cells = [.. some.Select(row => Cells(rows, row, places))];
        return new InputBlock(names, [predictor.Prepare(table.Samples(cells, row => names[row]))]);
    }

    private static string Place(CsvRows rows, int row, string name) => string.Create(CultureInfo.InvariantCulture, $"{name}({rows.Line(row)})");

    private static string[] Cells(CsvRows rows, int row, int[] places) => Array.ConvertAll(places, place => Cell(rows, row, place));

    private static string Cell(CsvRows rows, int row, int place)
    {
        byte[] unquoted = [];
        ReadOnlySpan<byte> text = CsvField.Trim(rows.Field(row, place, out bool hasQuotes));
        return !hasQuotes || CsvField.TryUnquote(ref text, ref unquoted) ? Encoding.UTF8.GetString(text) : throw new RequestException(new Problem("Misplaced quote")
        {
            Where = rows.Place(row, place),
            Expected = "a field that is quoted as a whole, with inner quotes doubled",
            Received = CsvField.Short(text),
        });
    }

    /// <summary>Returns the place of each of the model's columns in the header.</summary>
    private static int[] Places(TableInput table, CsvRows rows, int row, string name)
    {
        byte[] unquoted = [];
        var names = new string[rows.Fields(row)];
        for (int i = 0; i < names.Length; i++)
        {
            ReadOnlySpan<byte> text = CsvField.Trim(rows.Field(row, i));
            names[i] = CsvField.TryUnquote(ref text, ref unquoted) ? Encoding.UTF8.GetString(text) : string.Empty;

            // As in the training table, a column without a name has that of its position.
            names[i] = names[i].Length > 0 ? names[i] : string.Create(CultureInfo.InvariantCulture, $"column_{i + 1}");
        }

        string where = $"{name}({rows.Line(row)})";
        Problem[] problems =
        [
            .. table.Columns.Where(c => !names.Contains(c)).Select(c => table.Missing(c, names, where)),
            .. table.Columns.Where(c => names.Count(n => n == c) > 1).Select(c => new Problem("Two columns have the same name") { Where = where, Received = c }),
        ];
        return problems.Length == 0 ? [.. table.Columns.Select(c => Array.IndexOf(names, c))] : throw new RequestException(problems);
    }

    private static bool IsSeparatorLine(CsvRows rows, int row) => rows.Line(row) == 1 && rows.Field(row, 0).StartsWith("sep="u8);

    private static Problem OtherCount(CsvRows rows, int row, int expected) => new("The number of fields differs from the header")
    {
        Where = rows.Place(row, Math.Min(rows.Fields(row), expected) - 1),
        Expected = $"{expected} fields",
        Received = $"{rows.Fields(row)}",
    };
}
