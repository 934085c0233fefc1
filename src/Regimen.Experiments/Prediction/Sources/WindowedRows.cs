using Regimen.Data;

namespace Regimen.Prediction;

/// <summary>Collects the rows of a time series, and makes a sample at each row that has a whole window behind it.</summary>
/// <param name="predictor">The predictor.</param>
/// <param name="table">The encoding of a row.</param>
/// <param name="window">The number of rows of a sample.</param>
internal sealed class WindowedRows(Predictor predictor, TableInput table, int window)
{
    private List<(string Place, string[] Cells)> _rows = [];

    /// <summary>Whether there was a sample.</summary>
    public bool HasForecast { get; private set; }

    /// <summary>Adds rows, and returns the samples that end at them, each named by its last row; null if there is none yet.</summary>
    /// <exception cref="RequestException">A value is invalid; it has every problem.</exception>
    public InputBlock? Add(IReadOnlyList<(string Place, string[] Cells)> rows)
    {
        _rows.AddRange(rows);
        if (_rows.Count < window)
        {
            return null;
        }

        List<(string Place, string[] Cells)> all = _rows;
        var samples = new WindowDataset(table.Samples([.. all.Select(r => r.Cells)], row => all[row].Place), window, horizon: 0);
        _rows = all[^(window - 1)..];
        HasForecast = true;
        return new InputBlock([.. all.Skip(window - 1).Select(r => r.Place)], [predictor.Prepare(samples)]);
    }
}
