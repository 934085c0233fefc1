using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Loading;

/// <summary>Draws every sample once, in batches of similar lengths, so that little of a batch is padding. Samples are shuffled, sorted by length in
/// groups of some batches, and the full batches of all groups are shuffled again.</summary>
internal sealed class BucketSampler : Sampler
{
    private readonly int[] _lengths;
    private readonly int _batchSize;
    private readonly int _group;

    /// <param name="lengths">The length of each sample.</param>
    /// <param name="batchSize">The number of samples in a batch.</param>
    /// <param name="batches">The number of batches of a group.</param>
    public BucketSampler(IReadOnlyList<int> lengths, int batchSize, int batches)
    {
        _lengths = [.. lengths];
        _batchSize = batchSize;
        _group = (int)Math.Min((long)batchSize * batches, int.MaxValue);
    }

    public override bool Repeats => false;

    public override IEnumerable<Problem> Check(IDataset dataset)
    {
        if (dataset.Count != _lengths.Length)
        {
            yield return new Problem("The sampler's lengths do not match this data set")
            {
                Expected = $"{dataset.Count} lengths, one per training sample",
                Received = $"{_lengths.Length}",
            };
        }
    }

    public override void Fill(Span<int> order, ulong seed, int epoch)
    {
        RandomStream random = RandomStream.For(seed, RandomPurpose.Order, epoch);
        int[] samples = [.. Enumerable.Range(0, order.Length)];
        random.Shuffle(samples);

        // Samples of the same length keep their random order.
        for (int first = 0; first < samples.Length; first += Math.Min(_group, samples.Length - first))
        {
            int[] group = [.. samples.Skip(first).Take(_group).OrderBy(s => _lengths[s])];
            group.CopyTo(samples.AsSpan(first));
        }

        // A last batch with fewer samples stays the last.
        int[] batches = [.. Enumerable.Range(0, samples.Length / _batchSize)];
        random.Shuffle(batches);
        for (int i = 0; i < batches.Length; i++)
        {
            samples.AsSpan(batches[i] * _batchSize, _batchSize).CopyTo(order[(i * _batchSize)..]);
        }

        samples.AsSpan(batches.Length * _batchSize).CopyTo(order[(batches.Length * _batchSize)..]);
    }
}
