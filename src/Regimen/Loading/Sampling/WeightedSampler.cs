using System.Globalization;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Loading;

/// <summary>Draws with replacement, by the inverse of the cumulative weights.</summary>
internal sealed class WeightedSampler : Sampler
{
    private readonly double[] _sums;
    private readonly int _last;

    public WeightedSampler(IReadOnlyList<double> weights)
    {
        _sums = new double[weights.Count];
        double sum = 0;
        _last = -1;
        for (int i = 0; i < weights.Count; i++)
        {
            if (!double.IsFinite(weights[i]) || weights[i] < 0)
            {
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture, $"Expected weights of 0 or more; received {weights[i]} for sample {i}."),
                    nameof(weights));
            }

            sum += weights[i];
            _sums[i] = sum;
            _last = weights[i] > 0 ? i : _last;
        }

        if (_last < 0 || !double.IsFinite(sum))
        {
            throw new ArgumentException("Expected at least one weight above 0, and a finite sum.", nameof(weights));
        }
    }

    public override bool Repeats => true;

    public override IEnumerable<Problem> Check(IDataset dataset)
    {
        if (dataset.Count != _sums.Length)
        {
            yield return new Problem("The sampler's weights do not match this data set")
            {
                Expected = $"{dataset.Count} weights, one per training sample",
                Received = $"{_sums.Length}",
            };
        }
    }

    public override void Fill(Span<int> order, ulong seed, int epoch)
    {
        RandomStream random = RandomStream.For(seed, RandomPurpose.Order, epoch);
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = Find(random.NextDouble() * _sums[^1]);
        }
    }

    /// <summary>Returns the first sample whose cumulative weight is above a value, so a sample of weight 0 is never drawn. A product that rounds up
    /// to the whole sum gives the last sample with a weight above 0.</summary>
    private int Find(double value)
    {
        int low = 0;
        int high = _last;
        while (low < high)
        {
            int middle = (int)(((uint)low + (uint)high) / 2);
            if (_sums[middle] > value)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }
}
