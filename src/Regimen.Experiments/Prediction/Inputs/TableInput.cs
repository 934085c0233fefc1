using System.Globalization;
using Regimen.Data;
using Regimen.Engine;

namespace Regimen.Prediction;

/// <summary>Encodes rows of a table with the encoding that was fitted to the training rows.</summary>
/// <param name="encoder">The encoding.</param>
/// <param name="bits">The arithmetic of the run.</param>
internal sealed class TableInput(TableRowEncoder encoder, Bits bits)
{
    /// <summary>The columns, in the order of the encoding.</summary>
    public IReadOnlyList<string> Columns { get; } = [.. encoder.Features.Select(f => f.Name)];

    /// <summary>The field separator of the training table.</summary>
    public char Separator => encoder.Separator;

    /// <summary>Whether a column has numbers.</summary>
    public bool IsNumeric(int column) => encoder.Features[column].Kind == TableColumnKind.Numeric;

    /// <summary>Encodes rows of text cells in the order of <see cref="Columns"/>; null is a missing value.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="place">Names a row in messages.</param>
    /// <exception cref="RequestException">A row has another number of cells, or a value is invalid, missing or unknown; it holds every
    /// problem.</exception>
    public IDataset Samples(IReadOnlyList<IReadOnlyList<string?>> rows, Func<int, string> place)
    {
        using Arithmetic.OfThread arithmetic = Arithmetic.OnThread(bits);
        var samples = new EncodedRows(encoder, rows.Count);
        List<Problem> problems = [];
        for (int row = 0; row < rows.Count; row++)
        {
            if (rows[row].Count != Columns.Count)
            {
                problems.Add(new Problem("A row has another number of cells than the model has columns")
                {
                    Where = place(row),
                    Expected = $"{Columns.Count}: {string.Join(", ", Columns)}",
                    Received = $"{rows[row].Count}",
                });
                continue;
            }

            try
            {
                samples.Encode(row, rows[row]);
            }
            catch (RequestException exception)
            {
                problems.AddRange(exception.Problems.Select(p => p with { Where = $"{place(row)}, {p.Where}" }));
            }
        }

        return problems.Count == 0 ? samples : throw new RequestException(problems);
    }

    /// <summary>Encodes rows given by column.</summary>
    /// <param name="rows">The rows: numbers, texts, booleans or null for a missing value, by the name of the column. Other names are ignored.</param>
    /// <param name="place">Names a row in messages.</param>
    /// <exception cref="RequestException">A column is missing, or a value is invalid, missing or unknown; it holds every problem.</exception>
    public IDataset Samples(IReadOnlyList<IReadOnlyDictionary<string, object?>> rows, Func<int, string> place)
    {
        Problem[] missing = [.. rows.Index().SelectMany(r => Columns.Where(c => !r.Item.ContainsKey(c)).Select(c => Missing(c, r.Item.Keys, place(r.Index))))];
        return missing.Length > 0
            ? throw new RequestException(missing)
            : Samples([.. rows.Select(row => (IReadOnlyList<string?>)[.. encoder.Features.Select(f => Text(row[f.Name], f))])], place);
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
    private string? Text(object? value, TableFeature feature) => value switch
    {
        null => null,
        string text => text,
        double or float or decimal => encoder.Write(Convert.ToDouble(value, CultureInfo.InvariantCulture), feature),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };
}
