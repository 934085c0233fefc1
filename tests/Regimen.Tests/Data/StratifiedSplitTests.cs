using Regimen.Data;

namespace Regimen.Tests.Data;

/// <summary>Expected counts: a class's samples times the part's fraction, to within one sample.</summary>
public sealed class StratifiedSplitTests
{
    public static TheoryData<int[], double[]> Tables => new()
    {
        { [100, 100, 1], [0.2, 0.8] },
        { [7, 1, 2, 23, 1], [0.2, 0.2, 0.6] },
        { [1, 1, 13], [0.3, 0.1, 0.6] },
        { [2, 2, 2, 3], [0.25, 0.75] },
        { [17, 1, 1, 1], [0.4, 0.4, 0.2] },
    };

    [Theory]
    [MemberData(nameof(Tables))]
    public void Every_class_has_a_training_sample_for_every_seed(int[] samples, double[] fractions)
    {
        int[] classes = [.. samples.SelectMany((count, c) => Enumerable.Repeat(c, count))];
        int training = fractions.Length - 1;
        for (ulong seed = 0; seed < 60; seed++)
        {
            int[][] parts = RandomSplit.Parts(classes.Length, fractions, seed, classes, training);
            Assert.Equal(Enumerable.Range(0, classes.Length), parts.SelectMany(p => p).Order());
            Assert.Equal(RandomSplit.Parts(classes.Length, fractions, seed, strata: null).Select(p => p.Length), parts.Select(p => p.Length));
            Assert.Equal(Enumerable.Range(0, samples.Length), parts[training].Select(i => classes[i]).Distinct());
            Assert.All(parts, part => Assert.Equal(part.Order(), part));
        }
    }

    [Fact]
    public void Each_part_has_each_class_in_its_proportion()
    {
        int[] samples = [41, 9, 23, 67];
        int[] classes = [.. samples.SelectMany((count, c) => Enumerable.Repeat(c, count))];
        double[] fractions = [0.15, 0.22, 0.63];
        int[][] parts = RandomSplit.Parts(classes.Length, fractions, 5, classes);
        for (int part = 0; part < parts.Length; part++)
        {
            int[] counts = [.. Enumerable.Range(0, samples.Length).Select(c => parts[part].Count(i => classes[i] == c))];
            Assert.All(counts, (count, c) => Assert.InRange(count, (samples[c] * fractions[part]) - 1, (samples[c] * fractions[part]) + 1));
        }

        Assert.NotEqual(parts[0], RandomSplit.Parts(classes.Length, fractions, 6, classes)[0]);
    }

    [Fact]
    public void The_training_part_grows_if_it_has_fewer_samples_than_classes()
    {
        int[][] parts = RandomSplit.Parts(5, [0.8, 0.2], 3, [0, 1, 2, 3, 3], training: 1);
        Assert.Equal([0, 1, 2, 3], parts[1].Select(i => Math.Min(i, 3)).Order());
        Assert.Single(parts[0]);
    }

    [Fact]
    public void No_part_is_empty_if_every_sample_is_its_own_class()
        => Assert.Equal([1, 1, 28], RandomSplit.Parts(30, [0.2, 0.2, 0.6], 7, [.. Enumerable.Range(0, 30)], training: 2).Select(p => p.Length));

    [Fact]
    public void Classes_with_one_sample_stay_in_training()
    {
        int[][] parts = RandomSplit.Parts(60_003, [0.2, 0.8], 1, [.. Enumerable.Range(0, 60_003).Select(i => i < 3 ? 0 : i)], training: 1);
        Assert.Equal(60_001, parts[1].Select(i => Math.Max(i, 2)).Distinct().Count());
    }

    [Fact]
    public void HoldOut_keeps_a_class_with_one_sample_for_training()
    {
        int[] labels = [.. Enumerable.Repeat(0, 10), .. Enumerable.Repeat(1, 12), 2];
        var set = ArrayDataset.ForClassification(new float[23], labels, new SampleShape(1), ["a", "b", "c"]);
        for (ulong seed = 0; seed < 25; seed++)
        {
            (Subset train, Subset heldOut) = RandomSplit.HoldOut(set, 0.3, seed, stratified: true);
            Assert.Equal([7, 8, 1], Enumerable.Range(0, 3).Select(c => train.Labels!.Count(l => l == c)));
            Assert.Equal(7, heldOut.Count);
            Assert.Contains(2, set.Split([0.7, 0.3], seed, stratified: true)[0].Labels!);
        }
    }
}
