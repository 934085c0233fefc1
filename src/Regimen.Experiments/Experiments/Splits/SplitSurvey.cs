using Regimen.Data;

namespace Regimen.Experiments;

/// <summary>Collects what is compared between splits while their samples are read, in bounded memory.</summary>
internal sealed class SplitSurvey : IDisposable
{
    /// <summary>The largest number of values of a column that are kept for each split: those of samples at even distances.</summary>
    public const int MostNumbers = 20_000;

    private readonly DataSplits _data;
    private readonly SampleHashes _hashes;
    private readonly IReadOnlyList<ComparedColumn> _columns;
    private readonly List<Part> _parts = [];

    public SplitSurvey(DataSplits data)
    {
        _data = data;
        _hashes = new SampleHashes(data.Parts.Sum(p => (long)p.Data.Count));
        _columns = ComparedColumn.Of(data);
    }

    /// <summary>Begins a split.</summary>
    public void Begin(string name, IDataset data) => _parts.Add(new Part(name, data, _columns));

    /// <summary>Adds samples of the split.</summary>
    /// <param name="first">The index of the buffer's first sample.</param>
    /// <param name="count">The number of samples.</param>
    /// <param name="buffer">The samples.</param>
    public void Add(int first, int count, BatchBuffer buffer)
    {
        Part part = _parts[^1];
        _hashes.Add(_parts.Count - 1, first, count, part.Data.Fields, buffer);
        for (int row = 0; row < count; row++)
        {
            part.Add(_columns, first + row, row, buffer);
        }
    }

    /// <summary>Compares the splits.</summary>
    public SplitComparison Compare() => new(
        _hashes.Share,
        [
            .. _hashes.Found.Select(f => new RepeatedSamples(
                _parts[f.First].Name,
                _parts[f.Second].Name,
                f.Samples,
                f.OtherTargets,
                [.. f.Examples.Select(e => (Place(_parts[f.First], e.First), Place(_parts[f.Second], e.Second)))])),
        ],
        [.. _parts.Skip(1).SelectMany(part => _columns.Select((column, c) => Compare(column, c, _parts[0], part)))]);

    public void Dispose() => _hashes.Dispose();

    private string Place(Part part, int index) => _data.Places?.Invoke(part.Name, index) ?? part.Data.Origin(index);

    private static ColumnDrift Compare(ComparedColumn column, int index, Part train, Part other)
    {
        if (column.Categories > 0)
        {
            (double _, double probability, double v) = TwoSamples.ChiSquare(train.Counts[index], other.Counts[index]);
            return new(other.Name, column.Name, "chi_square", v, SplitComparison.LeastDrift) { Probability = probability };
        }

        float[] first = [.. train.Numbers[index]];
        float[] second = [.. other.Numbers[index]];
        if (first.Length == 0 || second.Length == 0)
        {
            return new(other.Name, column.Name, "kolmogorov_smirnov", 0, SplitComparison.LeastDrift);
        }

        double bound = Math.Max(SplitComparison.LeastDrift, TwoSamples.KolmogorovSmirnovBound(first.Length, second.Length, SplitComparison.Chance));
        return new(other.Name, column.Name, "kolmogorov_smirnov", TwoSamples.KolmogorovSmirnov(first, second), bound);
    }

    private sealed class Part(string name, IDataset data, IReadOnlyList<ComparedColumn> columns)
    {
        public string Name => name;

        public IDataset Data => data;

        public List<float>[] Numbers { get; } = [.. columns.Select(_ => new List<float>())];

        public long[][] Counts { get; } = [.. columns.Select(c => new long[c.Categories])];

        public void Add(IReadOnlyList<ComparedColumn> of, int index, int row, BatchBuffer buffer)
        {
            // At even distances: as many samples as are kept.
            long kept = Math.Min(data.Count, MostNumbers);
            bool isKept = (index + 1) * kept / data.Count > index * kept / data.Count;
            for (int c = 0; c < of.Count; c++)
            {
                if (of[c].Category is { } category)
                {
                    if (category(buffer, row) is >= 0 and int value)
                    {
                        Counts[c][value]++;
                    }
                }
                else if (isKept)
                {
                    Numbers[c].Add(of[c].Number!(buffer, row));
                }
            }
        }
    }
}
