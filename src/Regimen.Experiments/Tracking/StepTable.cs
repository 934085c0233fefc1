using System.Globalization;

namespace Regimen.Tracking;

/// <summary>A CSV file in a run's folder with rows by step. A resumed run first cuts it back to the rows that it continues from.</summary>
internal sealed class StepTable : IDisposable
{
    private readonly StreamWriter _file;
    private bool _hasHeader;

    /// <summary>Opens the file.</summary>
    /// <param name="path">The file; it need not exist.</param>
    /// <param name="from">The step that the run continues from; 0 for a new run.</param>
    public StepTable(string path, long from)
    {
        string[] kept = File.Exists(path) && from > 0 ? [.. File.ReadLines(path).Where((line, i) => i == 0 || Counts(line, from))] : [];
        File.WriteAllText(path, string.Concat(kept.Select(line => line + "\n")));
        _hasHeader = kept.Length > 0;
        Rows = [.. kept.Skip(1)];
        _file = new StreamWriter(path, append: true) { NewLine = "\n" };
    }

    /// <summary>The rows that were kept.</summary>
    public IReadOnlyList<string> Rows { get; }

    /// <summary>Appends a row, below the names of the columns.</summary>
    public void Add(Func<IEnumerable<string>> columns, IEnumerable<IFormattable> values)
    {
        if (!_hasHeader)
        {
            _hasHeader = true;
            _file.WriteLine(string.Join(',', columns()));
        }

        _file.WriteLine(string.Join(',', values.Select(v => v.ToString(null, CultureInfo.InvariantCulture))));
    }

    /// <summary>Hands the rows to the operating system.</summary>
    public void Flush() => _file.Flush();

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static bool Counts(string line, long from)
        => long.TryParse(line.AsSpan(0, Math.Max(0, line.IndexOf(',', StringComparison.Ordinal))), NumberStyles.None, CultureInfo.InvariantCulture, out long step) && step <= from;
}
