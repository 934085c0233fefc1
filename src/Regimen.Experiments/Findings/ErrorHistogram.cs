namespace Regimen.Findings;

/// <summary>Counts values in bins of equal width, without knowing their range before. The width is a power of two; it doubles when the bins do not
/// suffice. The result depends on the values and their order, not on how they come in batches.</summary>
internal sealed class ErrorHistogram
{
    private const int MostBins = 64;
    private readonly SortedDictionary<long, long> _counts = [];
    private double _width;

    /// <summary>The number of values that are not finite.</summary>
    public long NotFinite { get; private set; }

    /// <summary>Counts a value.</summary>
    public void Add(double value)
    {
        if (!double.IsFinite(value))
        {
            NotFinite++;
            return;
        }

        if (_width == 0)
        {
            // The first value that is not 0 decides the smallest width: a 32nd of its size.
            _width = value == 0 ? 0 : Math.Max(Math.ScaleB(1, Math.ILogB(value) - 5), double.Epsilon);
            if (_width == 0)
            {
                _counts[0] = _counts.GetValueOrDefault(0) + 1;
                return;
            }
        }

        while (!Fits(value))
        {
            Double();
        }

        long bin = (long)Math.Floor(value / _width);
        _counts[bin] = _counts.GetValueOrDefault(bin) + 1;
    }

    /// <summary>The limits of the bins, and the number of values in each; both are empty without a finite value.</summary>
    public (double[] Edges, long[] Counts) Read()
    {
        if (_counts.Count == 0)
        {
            return ([], []);
        }

        (long first, long last) = (_counts.First().Key, _counts.Last().Key);
        double width = _width == 0 ? 1 : _width;
        return (
            [.. Enumerable.Range(0, (int)(last - first) + 2).Select(i => (first + i) * width)],
            [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => _counts.GetValueOrDefault(first + i))]);
    }

    private bool Fits(double value)
    {
        double bin = Math.Floor(value / _width);
        if (Math.Abs(bin) > MostBins)
        {
            return false;
        }

        double first = _counts.Count == 0 ? bin : Math.Min(bin, _counts.First().Key);
        double last = _counts.Count == 0 ? bin : Math.Max(bin, _counts.Last().Key);
        return last - first < MostBins;
    }

    private void Double()
    {
        _width *= 2;
        KeyValuePair<long, long>[] before = [.. _counts];
        _counts.Clear();
        foreach ((long bin, long count) in before)
        {
            _counts[bin >> 1] = _counts.GetValueOrDefault(bin >> 1) + count;
        }
    }
}
