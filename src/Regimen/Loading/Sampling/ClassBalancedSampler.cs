using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Loading;

/// <summary>Gives each class the same number of places in an epoch and fills them with its samples in random order, repeating them if there are
/// too few: within an epoch no sample is drawn a second time before all of its class were.</summary>
internal sealed class ClassBalancedSampler : Sampler
{
    private readonly int[][] _samplesOfClass;
    private readonly int _count;

    public ClassBalancedSampler(IReadOnlyList<int> labels)
    {
        _count = labels.Count;
        _samplesOfClass = [.. labels.Select((label, sample) => (label, sample)).GroupBy(s => s.label, s => s.sample).OrderBy(g => g.Key).Select(g => g.ToArray())];
    }

    public override bool Repeats => true;

    public override IEnumerable<Problem> Check(IDataset dataset)
    {
        if (dataset.Count != _count)
        {
            yield return new Problem("The sampler's labels do not match this data set")
            {
                Expected = $"{dataset.Count} labels, one per training sample",
                Received = $"{_count}",
            };
        }
    }

    public override void Fill(Span<int> order, ulong seed, int epoch)
    {
        RandomStream random = RandomStream.For(seed, RandomPurpose.Order, epoch);
        int[] classes = [.. Enumerable.Range(0, _samplesOfClass.Length)];

        // Places that are left after an even division go to other classes in each epoch.
        random.Shuffle(classes);
        int at = 0;
        for (int i = 0; i < classes.Length; i++)
        {
            int places = (order.Length / classes.Length) + (i < order.Length % classes.Length ? 1 : 0);
            Take(_samplesOfClass[classes[i]], order.Slice(at, places), ref random);
            at += places;
        }

        random.Shuffle(order);
    }

    private static void Take(int[] samples, Span<int> places, ref RandomStream random)
    {
        int[] shuffled = [.. samples];
        while (!places.IsEmpty)
        {
            random.Shuffle(shuffled);
            int taken = Math.Min(places.Length, shuffled.Length);
            shuffled.AsSpan(0, taken).CopyTo(places);
            places = places[taken..];
        }
    }
}
