using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Loading;

/// <summary>Draws each sample several times in succession, each time with another augmentation (Hoffer et al., "Augment Your Batch", 2020). An epoch has as many draws
/// as there are samples, so it has a part of them only: others in each epoch.</summary>
internal sealed class RepeatedSampler(int repeats) : Sampler
{
    public override bool Repeats => true;

    public override void Fill(Span<int> order, ulong seed, int epoch)
    {
        Samplers.Sequential.Fill(order, seed, epoch);
        RandomStream.For(seed, RandomPurpose.Order, epoch).Shuffle(order);

        // Backwards, so that no sample is overwritten before it is copied.
        for (int place = order.Length - 1; place > 0; place--)
        {
            order[place] = order[place / repeats];
        }
    }

    public override IEnumerable<Problem> Check(IDataset dataset)
    {
        if (repeats > dataset.Count)
        {
            yield return new Problem("A sample would be repeated more often than the training set has samples")
            {
                Where = "loader.repeats",
                Expected = $"at most {dataset.Count}",
                Received = $"{repeats}",
            };
        }
    }
}
