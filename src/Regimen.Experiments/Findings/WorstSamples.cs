using Regimen.Reports;

namespace Regimen.Findings;

/// <summary>Keeps the samples with the highest score; of equal scores, the first ones. A score that is not a number is above all others.</summary>
/// <param name="capacity">The largest number of samples.</param>
internal sealed class WorstSamples<T>(int capacity)
{
    private readonly List<(double Score, int Index, T Content)> _worst = new(capacity + 1);

    /// <summary>The samples, the worst first.</summary>
    public IReadOnlyList<(double Score, int Index, T Content)> Samples => _worst;

    /// <summary>Returns an entry for each sample, the worst first.</summary>
    /// <param name="describe">Reads samples by their indices in the split.</param>
    /// <param name="entry">Creates the entry of a sample.</param>
    public IReadOnlyList<TEntry> Describe<TEntry>(Func<IReadOnlyList<int>, IReadOnlyList<FoundSample>> describe, Func<FoundSample, T, double, TEntry> entry)
        => [.. describe([.. _worst.Select(w => w.Index)]).Select((sample, i) => entry(sample, _worst[i].Content, _worst[i].Score))];

    /// <summary>Whether a sample with this score would be kept.</summary>
    public bool Keeps(double score) => _worst.Count < capacity || Rank(score) > Rank(_worst[^1].Score);

    /// <summary>Adds a sample; samples come in the order of their indices.</summary>
    public void Add(double score, int index, T content)
    {
        if (!Keeps(score))
        {
            return;
        }

        int at = _worst.FindIndex(w => Rank(w.Score) < Rank(score));
        _worst.Insert(at < 0 ? _worst.Count : at, (score, index, content));
        if (_worst.Count > capacity)
        {
            _worst.RemoveAt(capacity);
        }
    }

    private static double Rank(double score) => double.IsNaN(score) ? double.PositiveInfinity : score;
}
