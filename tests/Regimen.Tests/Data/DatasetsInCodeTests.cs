using Regimen.Data;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Tests.TestKit;
using Regimen.Transforms;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Data;

/// <summary>Tests data sets that a program creates from its own values and from other data sets.</summary>
public sealed class DatasetsInCodeTests
{
    [Fact]
    public void Tensors_become_samples_with_classes_numbers_or_labels()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor inputs = arange(12, ScalarType.Int32).reshape(3, 4).t();
        ArrayDataset classes = TensorSamples.ToDataset(inputs, tensor((long[])[0, 2, 1, 0]));
        Assert.Equal((4, new SampleShape(3)), (classes.Count, classes.SampleShape));
        Assert.Equal(["0", "1", "2"], classes.Classes);
        Assert.Equal([1f, 5, 9], Row(classes, 1));
        Assert.Equal([0, 2, 1, 0], classes.Labels!);

        ArrayDataset numbers = TensorSamples.ToDataset(inputs, ones(4));
        Assert.Equal(new DatasetTarget(TargetKind.Values, 1), DatasetTarget.Of(numbers));
        Assert.Equal(new DatasetTarget(TargetKind.Values, 2), DatasetTarget.Of(TensorSamples.ToDataset(inputs, ones(4, 2))));
        Assert.Equal(new DatasetTarget(TargetKind.MultiHot, 2), DatasetTarget.Of(TensorSamples.ToDataset(inputs, ones(4, 2), ["a", "b"])));
        Assert.Throws<ArgumentException>(() => TensorSamples.ToDataset(inputs, ones(3)));
        Assert.Throws<ArgumentException>(() => TensorSamples.ToDataset(inputs, ones(4, ScalarType.Float64)));
        Assert.Throws<ArgumentException>(() => TensorSamples.ToDataset(inputs, tensor((long[])[0, -1, 1, 0]), ["a", "b"]));
    }

    [Fact]
    public void Any_sequence_becomes_samples()
    {
        ArrayDataset classes = Samples().ToDataset(new SampleShape(2), ["even", "odd"]);
        Assert.Equal([0, 1, 0], classes.Labels!);
        Assert.Equal([2f, 4], Row(classes, 2));
        ArrayDataset numbers = Samples().Select(s => (s.Input, (float[])[s.Label, 1])).ToDataset(new SampleShape(2), new SampleShape(2));
        Assert.Equal(new DatasetTarget(TargetKind.Values, 2), DatasetTarget.Of(numbers));
        Assert.Contains("for sample 1", Assert.Throws<ArgumentException>(
            () => ((IEnumerable<(float[], int)>)[([1, 2], 0), ([1], 0)]).ToDataset(new SampleShape(2), ["a"])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Samples().Select(s => (s.Input, (float[])[1])).ToDataset(new SampleShape(2), new SampleShape(2)));

        static IEnumerable<(float[] Input, int Label)> Samples()
        {
            for (int i = 0; i < 3; i++)
            {
                yield return ([i, 2 * i], i % 2);
            }
        }
    }

    [Fact]
    public void Concatenated_sets_are_read_in_any_order()
    {
        ArrayDataset a = TinyData.Clusters(5);
        ArrayDataset b = TinyData.Clusters(7, seed: 8);
        IDataset both = a.Take(0).Concat(a).Concat(a.Take(0)).Concat(b);
        Assert.Equal(12, both.Count);
        Assert.Equal([.. a.Labels!, .. b.Labels!], both.Labels!);
        Assert.Equal("sample 6, counted from 0", both.Origin(11));
        using DataLoader loader = DataLoader.ForTraining(both, new LoaderOptions { BatchSize = 5 }, [new Normalize(1, 2)]);
        var seen = new List<int>();
        foreach (Batch batch in loader.Epoch(1, 1))
        {
            for (int row = 0; row < batch.Count; row++)
            {
                int index = batch.Indices.Span[row];
                seen.Add(index);
                float[] expected = index < 5 ? Row(a, index) : Row(b, index - 5);
                Assert.Equal(expected.Select(v => (v - 1) / 2), TensorMemory.Span<float>(batch.Input).Slice(row * 4, 4).ToArray(), (x, y) => Math.Abs(x - y) < 1e-6);
                Assert.Equal(both.Labels![index], TensorMemory.Span<long>(batch.Target)[row]);
            }
        }

        Assert.Equal(Enumerable.Range(0, 12), seen.Order());
        Assert.NotEqual(Fingerprint(both), Fingerprint(b.Concat(a)));
        Assert.Throws<ArgumentException>(() => a.Concat(TinyData.Clusters(5, features: 3)));
        Assert.Throws<ArgumentException>(() => a.Concat(TinyData.Clusters(5, classes: 2)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConcatDataset([]));
    }

    [Fact]
    public void Mapped_inputs_are_computed_from_the_source()
    {
        ArrayDataset source = TinyData.Clusters(6);
        MapDataset sums = source.Map(new SampleShape(1), (input, output) => output[0] = input.ToArray().Sum());
        Assert.Equal(new SampleShape(1), sums.SampleShape);
        Assert.Equal(source.Labels, sums.Labels);
        Assert.Equal([Row(source, 4).Sum()], Row(sums, 4));
        using DataLoader loader = DataLoader.ForEvaluation(sums, new LoaderOptions { Workers = 0 }, [new Normalize(1, 2)]);
        using IEnumerator<Batch> batches = loader.Epoch(0, 0).GetEnumerator();
        Assert.True(batches.MoveNext());
        Assert.Equal((Row(source, 4).Sum() - 1) / 2, TensorMemory.Span<float>(batches.Current.Input)[4], 1e-6);
        Assert.Equal(source.Labels!.Select(l => (long)l), TensorMemory.Span<long>(batches.Current.Target).ToArray());
        Assert.Equal(Fingerprint(source.Map((i, o) => i.CopyTo(o))), Fingerprint(source.Map((i, o) => i.CopyTo(o))));
        Assert.NotEqual(Fingerprint(source.Map((i, o) => i.CopyTo(o))), Fingerprint(source.Map((i, o) => o.Clear())));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_split_has_every_sample_once_and_is_a_function_of_the_seed(bool stratified)
    {
        ArrayDataset set = TinyData.Clusters(101);
        IReadOnlyList<Subset> parts = set.Split([0.7, 0.2, 0.1], seed: 5, stratified);
        Assert.Equal(Enumerable.Range(0, 101), parts.SelectMany(p => p.Indices.ToArray()).Order());
        Assert.Equal([71, 20, 10], parts.Select(p => p.Count));
        Assert.All(parts, p => Assert.Equal(p.Indices.ToArray().Order(), p.Indices.ToArray()));
        Assert.Equal(Ids(parts), Ids(set.Split([0.7, 0.2, 0.1], seed: 5, stratified)));
        Assert.NotEqual(Ids(parts), Ids(set.Split([0.7, 0.2, 0.1], seed: 6, stratified)));
        if (stratified)
        {
            foreach ((Subset part, double fraction) in parts.Zip([0.7, 0.2, 0.1]))
            {
                Assert.All(part.Labels!.CountBy(l => l), c => Assert.InRange(c.Value, (fraction * 101 / 3) - 2, (fraction * 101 / 3) + 2));
            }
        }

        static IEnumerable<int> Ids(IReadOnlyList<Subset> of) => of.SelectMany(p => p.Indices.ToArray());
    }

    [Fact]
    public void Invalid_split_fractions_are_refused()
    {
        ArrayDataset set = TinyData.Clusters(10);
        foreach (double[] wrong in (double[][])[[], [0.5], [0.5, 0.6], [-0.5, 1.5], [double.NaN, 1]])
        {
            Assert.Throws<ArgumentException>(() => set.Split(wrong, 1));
        }

        Assert.Equal([0, 10], set.Split([0, 1], 1).Select(p => p.Count));
        Assert.Throws<ArgumentException>(() => TinyData.Numbered(10).Split([0.5, 0.5], 1, stratified: true));
    }

    private static float[] Row(IDataset set, int index)
    {
        using var buffer = new BatchBuffer(set.Fields, 1);
        set.Gather([index], ChannelScale.Identity, buffer);
        return buffer.Floats(Field.Input).ToArray();
    }

    private static string Fingerprint(IDataset set) => DataFingerprint.Of(new DataSplits { Train = set });
}
