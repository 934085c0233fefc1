using Regimen.Data;
using Regimen.Datasets;
using Regimen.Loading;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

public sealed class NpyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Samples_and_classes_are_read_from_the_files()
    {
        Write("x_train", NpyBytes.Of([.. Enumerable.Range(0, 60).Select(i => (double)i)], 10, 2, 3));
        Write("y_train", NpyBytes.Of((long[])[0, 1, 2, 0, 1, 2, 0, 1, 2, 0], 10));
        Write("x_test", NpyBytes.Of((byte[])[1, 2, 3, 4, 5, 6], 1, 2, 3));
        Write("y_test", NpyBytes.Of((byte[])[2], 1));
        DataSplits data = Load(o => o with { XTest = "x_test.npy", YTest = "y_test.npy", Normalize = NpyNormalization.None, ValidationFraction = 0.3 });
        Assert.Equal((7, 3, 1), (data.Train.Count, data.Validation!.Count, data.Test!.Count));
        Assert.Equal(new SampleShape(2, 3), data.Train.SampleShape);
        Assert.Equal(["0", "1", "2"], data.Train.Classes);
        Assert.Equal(new DatasetTarget(TargetKind.ClassIndex, 1), DatasetTarget.Of(data.Train));
        Assert.Equal($"{_folder["x_test.npy"]}[0]", data.Test.Origin(0));

        foreach ((string _, IDataset part) in data.Parts.Take(2))
        {
            (float[] inputs, int[] labels) = Content(part);
            for (int i = 0; i < part.Count; i++)
            {
                int row = (int)inputs[i * 6] / 6;
                Assert.Equal(Enumerable.Range(row * 6, 6).Select(v => (float)v), inputs[(i * 6)..((i * 6) + 6)]);
                Assert.Equal(row % 3, labels[i]);
                Assert.Equal(row % 3, part.Labels![i]);
            }
        }

        Assert.Equal([1f, 2, 3, 4, 5, 6], Content(data.Test).Inputs);
    }

    [Theory]
    [InlineData(NpyNormalization.All)]
    [InlineData(NpyNormalization.Channel)]
    [InlineData(NpyNormalization.Feature)]
    public void Normalisation_uses_only_the_training_samples(NpyNormalization normalize)
    {
        float[] values = [.. Enumerable.Range(0, 24 * 8).Select(i => (((i * 37) % 101) * (i % 8 < 4 ? 1 : 100)) + 1000f)];
        Write("x_train", NpyBytes.Of(values, 24, 2, 2, 2));
        Write("y_train", NpyBytes.Of(new float[24], 24));
        Write("x_test", NpyBytes.Of(new float[8], 1, 2, 2, 2));
        Write("y_test", NpyBytes.Of(new float[1], 1));
        DataSplits data = Load(o => o with { XTest = "x_test.npy", YTest = "y_test.npy", Normalize = normalize });
        using DataLoader loader = DataLoader.ForEvaluation(data.Train, new LoaderOptions { Workers = 0 }, data.EvalTransforms);
        float[] seen = [.. loader.Epoch(0, 0).SelectMany(b => Regimen.Engine.TensorMemory.Span<float>(b.Input).ToArray())];
        int[] groups = normalize switch
        {
            NpyNormalization.All => new int[8],
            NpyNormalization.Channel => [0, 0, 0, 0, 1, 1, 1, 1],
            _ => [0, 1, 2, 3, 4, 5, 6, 7],
        };
        foreach (IGrouping<int, float> group in seen.Select((v, i) => (v, g: groups[i % 8])).GroupBy(p => p.g, p => p.v))
        {
            Assert.Equal(0, group.Average(), 1e-5);
            Assert.Equal(1, group.Average(v => (double)v * v), 1e-4);
        }

        Assert.Equal(data.Train.Count * 8, seen.Length);
    }

    [Fact]
    public void The_kind_of_targets_is_that_of_the_objective_or_the_options()
    {
        Write("x_train", NpyBytes.Of(new float[20], 10, 2));
        Write("y_train", NpyBytes.Of((int[])[0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0], 10, 2));
        Assert.Equal(new(TargetKind.Values, 2), Target(TargetKind.Values));
        Assert.Equal(new(TargetKind.MultiHot, 2), Target(TargetKind.MultiHot));
        Assert.Contains("not class indices", Assert.Throws<RequestException>(() => Target(TargetKind.ClassIndex)).Message, StringComparison.Ordinal);
        DataSplits labels = Load(o => o with { Target = StatedTarget.Labels, Classes = ["a", "b"], Normalize = NpyNormalization.None });
        Assert.Equal(["a", "b"], labels.Train.Classes);

        DatasetTarget Target(TargetKind wanted) => DatasetTarget.Of(Load(o => o with { Normalize = NpyNormalization.None }, wanted).Train);
    }

    [Fact]
    public void Inconsistent_arrays_are_rejected_with_their_location()
    {
        byte[] x = NpyBytes.Of([.. Enumerable.Range(0, 20).Select(i => (float)i)], 10, 2);
        byte[] y = NpyBytes.Of((int[])[0, 1, 2, 0, 1, 2, 0, 1, 2, 0], 10);
        Refused("Two classes have the same name", "data.classes", x, y, o => o with { Classes = ["a", "b", "b"] });
        Refused("The numbers of inputs and targets differ", "", x, NpyBytes.Of(new int[9], 9));
        Refused("below 0", "y_train.npy[3]", x, NpyBytes.Of((int[])[0, 1, 2, -1, 1, 2, 0, 1, 2, 0], 10));
        Refused("not a finite", "x_train.npy[1, 1]", NpyBytes.Of((float[])[0, 1, 2, float.NaN, float.PositiveInfinity, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 10, 2), y);
        Refused("not a finite", "x_train.npy[0, 0]", NpyBytes.Of((double[])[1e300, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 10, 2), y);
        Refused("do not look like class indices", "y_train.npy", x, NpyBytes.Of((int[])[0, 1, 2, 0, 1, 2, 0, 1, 2, 1_000_000], 10));
        Refused("all the same", "x_train.npy", NpyBytes.Of(new float[20], 10, 2), y);
        Refused("no dimension for samples", "", NpyBytes.WithHeader("{'shape':(),'fortran_order':False,'descr':'|u1'}", [9]), y);
        Refused("The targets are not labels", "y_train.npy[2, 0]", x, y, o => o with { Target = StatedTarget.Labels });

        Write("x_test", NpyBytes.Of(new float[2], 1, 2));
        Write("y_test", NpyBytes.Of((int[])[3], 1));
        Refused("A class does not occur in the training samples", "y_test.npy[0]", x, y, WithTest);
        Write("x_test", NpyBytes.Of(new float[3], 1, 3));
        Write("y_test", NpyBytes.Of((int[])[1], 1));
        Refused("shapes differ", "x_test.npy", x, y, WithTest);
        Refused("must be set together", "data.y_test", x, y, o => o with { XTest = "x_test.npy" });

        static Npy.Options WithTest(Npy.Options options) => options with { XTest = "x_test.npy", YTest = "y_test.npy" };
    }

    [Fact]
    public void There_must_be_a_name_for_every_class()
    {
        Write("x_train", NpyBytes.Of([.. Enumerable.Range(0, 20).Select(i => (float)i)], 10, 2));
        Write("y_train", NpyBytes.Of((int[])[0, 1, 2, 0, 1, 2, 0, 1, 2, 0], 10));
        RequestException refused = Assert.Throws<RequestException>(() => Load(o => o with { Classes = ["a", "b"] }));
        Assert.Contains("y_train.npy[2]", refused.Message, StringComparison.Ordinal);
        Assert.Equal(["a", "b", "c", "d"], Load(o => o with { Classes = ["a", "b", "c", "d"] }).Train.Classes);
    }

    [Fact]
    public void The_fingerprint_depends_on_every_value()
    {
        byte[] x = NpyBytes.Of([.. Enumerable.Range(0, 20).Select(i => (float)i)], 10, 2);
        byte[] y = NpyBytes.Of((int[])[0, 1, 2, 0, 1, 2, 0, 1, 2, 0], 10);
        string before = Fingerprint();
        Assert.Equal(before, Fingerprint());
        x[^1] ^= 1;
        Assert.NotEqual(before, Fingerprint());

        string Fingerprint()
        {
            Write("x_train", x);
            Write("y_train", y);
            return DataFingerprint.Of(Load());
        }
    }

    public void Dispose() => _folder.Dispose();

    private static (float[] Inputs, int[] Labels) Content(IDataset part)
    {
        using var buffer = new BatchBuffer(part.Fields, part.Count);
        part.Gather([.. Enumerable.Range(0, part.Count)], ChannelScale.Identity, buffer);
        return (buffer.Floats(Field.Input).ToArray(), Array.ConvertAll(buffer.Longs(Field.Target).ToArray(), l => (int)l));
    }

    // Deletes first, because an open file must not change.
    private void Write(string name, byte[] bytes)
    {
        File.Delete(_folder[$"{name}.npy"]);
        _folder.Write($"{name}.npy", bytes);
    }

    private DataSplits Load(Func<Npy.Options, Npy.Options>? change = null, TargetKind wanted = TargetKind.Other)
    {
        var options = new Npy.Options { Root = _folder.FullPath, ScaleTarget = TargetScaling.None };
        return Npy.Load(change?.Invoke(options) ?? options, new DatasetContext(1) { Target = wanted });
    }

    private void Refused(string says, string place, byte[] x, byte[] y, Func<Npy.Options, Npy.Options>? change = null)
    {
        Write("x_train", x);
        Write("y_train", y);
        RequestException refused = Assert.Throws<RequestException>(() => Load(change));
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
        Assert.Contains(place, refused.Problems[0].Where, StringComparison.Ordinal);
    }
}
