using Regimen.Findings;
using Regimen.Reproducibility;

namespace Regimen.Tests.Findings;

public sealed class BoundedMemoryTests
{
    [Fact]
    public void The_worst_samples_are_those_with_the_highest_scores_the_first_ones_of_equal_scores()
    {
        double[] scores = [3, double.NaN, 1, 3, 7, 2, 7, 3, double.NaN];
        var worst = new WorstSamples<string>(5);
        for (int i = 0; i < scores.Length; i++)
        {
            worst.Add(scores[i], i, $"sample {i}");
        }

        Assert.Equal([1, 8, 4, 6, 0], worst.Samples.Select(w => w.Index));
        Assert.Equal("sample 4", worst.Samples[2].Content);
    }

    [Theory]
    [InlineData(1e-12)]
    [InlineData(1.0)]
    [InlineData(1e30)]
    public void A_histogram_counts_every_value_in_at_most_64_bins_of_equal_width(double size)
    {
        var histogram = new ErrorHistogram();
        RandomStream random = RandomStream.For(5, RandomPurpose.Split);
        double[] values = [.. Enumerable.Range(0, 1013).Select(i => (random.NextDouble() - 0.3) * size * (1 + (i / 50.0)))];
        foreach (double value in values)
        {
            histogram.Add(value);
        }

        histogram.Add(double.NaN);
        histogram.Add(double.NegativeInfinity);
        (double[] edges, long[] counts) = histogram.Read();
        Assert.Equal(2, histogram.NotFinite);
        Assert.InRange(counts.Length, 16, 64);
        Assert.Contains(0.0, edges);
        for (int bin = 0; bin < counts.Length; bin++)
        {
            Assert.Equal(values.Count(v => v >= edges[bin] && v < edges[bin + 1]), counts[bin]);
        }
    }

    [Fact]
    public void A_histogram_of_nothing_and_of_zeros_has_no_bins_and_one_bin()
    {
        var histogram = new ErrorHistogram();
        Assert.Empty(histogram.Read().Counts);
        histogram.Add(0);
        histogram.Add(0);
        Assert.Equal([2], histogram.Read().Counts);
    }
}
