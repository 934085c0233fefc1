using Regimen.Data;
using Regimen.Datasets;
using Regimen.Engine;
using Regimen.Experiments;
using Regimen.Loading;
using Regimen.Tests.TestKit;
using Regimen.Transforms;

namespace Regimen.Tests.Datasets;

/// <summary>Values far from 0 are normalised before they are rounded to float32.</summary>
public sealed class NpyPrecisionTests : IDisposable
{
    private const int Samples = 119;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // scikit-learn 1.2.1: StandardScaler().fit_transform in float64, then astype(float32). The first column is 1.7e9 + i, or 1.7e9 + i / 2:
    // equally spaced, so both are scaled alike. The second is i * 37 % 101.
    [Theory]
    [InlineData(typeof(long), 1)]
    [InlineData(typeof(int), 1)]
    [InlineData(typeof(double), 0.5)]
    public void Each_feature_keeps_all_distinct_values(Type type, double spacing)
    {
        DataSplits data = Load(type, spacing, NpyNormalization.Feature);
        float[] seen = Prepared(data.Train, data);
        Assert.Equal((-1.717556357383728f, -1.6838823556900024f), (seen[0], seen[1]));
        Assert.Equal((-0.029111124575138092f, -0.8294478058815002f), (seen[116], seen[117]));
        Assert.Equal((1.717556357383728f, -0.8978025913238525f), (seen[236], seen[237]));
        Assert.Equal(Samples, seen.Where((_, i) => i % 2 == 0).Distinct().Count());
    }

    [Theory]
    [InlineData(NpyNormalization.All)]
    [InlineData(NpyNormalization.Channel)]
    [InlineData(NpyNormalization.Feature)]
    public void Every_grouping_is_normalised_in_double_precision(NpyNormalization normalize)
    {
        double[] values = [.. Enumerable.Range(0, Samples * 6).Select(i => 1.7e9 + ((i * 37 % 101) * 0.5) + (i % 6 < 3 ? 0 : 4000))];
        Write("x_train", NpyBytes.Of(values, Samples, 2, 3, 1));
        Write("y_train", NpyBytes.Of(new byte[Samples], Samples));
        DataSplits data = Npy.Load(new Npy.Options { Root = _folder.FullPath, Normalize = normalize, ValidationFraction = 0, Target = StatedTarget.Values }, new DatasetContext(1));
        float[] seen = Prepared(data.Train, data);
        foreach (IGrouping<int, int> group in Enumerable.Range(0, values.Length).GroupBy(i => normalize switch
        {
            NpyNormalization.All => 0,
            NpyNormalization.Channel => i % 6 / 3,
            _ => i % 6,
        }))
        {
            double mean = group.Average(i => values[i] - 1.7e9);
            double std = Math.Sqrt(group.Average(i => Math.Pow(values[i] - 1.7e9 - mean, 2)));
            Assert.All(group, i => Assert.Equal((values[i] - 1.7e9 - mean) / std, seen[i], 1e-6));
        }
    }

    [Fact]
    public void The_test_set_is_normalised_by_the_training_statistics_for_any_dtype()
    {
        Write("x_test", NpyBytes.Of((float[])[1_700_000_000, 37], 1, 2));
        Write("y_test", NpyBytes.Of((byte[])[3], 1));
        DataSplits data = Load(typeof(long), 1, NpyNormalization.Feature, o => o with { XTest = "x_test.npy", YTest = "y_test.npy" });
        float[] seen = Prepared(data.Test!, data);

        // 1.7e9 is exactly representable in float32.
        Assert.Equal(-1.717556357383728f, seen[0]);
        Assert.Equal(Prepared(new Subset(data.Train, [1]), data)[1], seen[1]);
    }

    [Theory]
    [InlineData(NpyNormalization.All)]
    [InlineData(NpyNormalization.Feature)]
    public void The_report_shows_unrounded_values(NpyNormalization normalize)
    {
        Write("x_train", NpyBytes.Of([.. Enumerable.Range(0, Samples).Select(i => 1_700_000_000L + i)], Samples, 1));
        Write("y_train", NpyBytes.Of(new byte[Samples], Samples));
        DataSplits data = Npy.Load(new Npy.Options { Root = _folder.FullPath, Normalize = normalize, ValidationFraction = 0, Target = StatedTarget.Values }, new DatasetContext(1));
        ValueRange input = DataReport.Of(data, 0).Parts[0].Input;

        // numpy: mean 1700000059, std of arange(119) = sqrt((119² - 1) / 12) = 34.351127929
        Assert.Equal((1_700_000_000, 1_700_000_118), (Math.Round(input.Min, 4), Math.Round(input.Max, 4)));
        Assert.Equal(1_700_000_059, input.Mean, 1e-4);
        Assert.Equal(34.351127929, input.Std, 1e-4);
    }

    [Fact]
    public void With_round_first_values_are_rounded_before_normalisation()
    {
        DataSplits data = Load(typeof(long), 1, NpyNormalization.Feature, o => o with { RoundFirst = true });
        float[] seen = Prepared(data.Train, data);

        // Adjacent float32 values near 1.7e9 are 128 apart.
        Assert.Equal(2, seen.Where((_, i) => i % 2 == 0).Distinct().Count());
        Assert.Contains("all the same", Assert.Throws<RequestException>(() => Load(typeof(double), 0.125, NpyNormalization.Feature, o => o with { RoundFirst = true })).Message, StringComparison.Ordinal);
        Assert.NotNull(Load(typeof(double), 0.125, NpyNormalization.Feature));
    }

    [Fact]
    public void Transforms_that_would_receive_rounded_values_are_rejected()
    {
        Write("x_train", NpyBytes.Of([.. Enumerable.Range(0, Samples * 6).Select(i => 1.7e9 + (i % 7))], Samples, 2, 3, 1));
        Write("y_train", NpyBytes.Of(new byte[Samples], Samples));
        var options = new Npy.Options { Root = _folder.FullPath, Target = StatedTarget.Values, ValidationFraction = 0 };
        var flip = new TransformsOptions { Train = [new HorizontalFlip()] };
        RequestException refused = Assert.Throws<RequestException>(() => ConfiguredTransforms.AddTo(Npy.Load(options, new DatasetContext(1)), flip));
        Assert.Equal("transforms.train", refused.Problems[0].Where);
        Assert.Equal(2, ConfiguredTransforms.AddTo(Npy.Load(options with { RoundFirst = true, Normalize = NpyNormalization.None }, new DatasetContext(1)), flip).TrainTransforms.Count + 1);
    }

    private static float[] Prepared(IDataset part, DataSplits data)
    {
        using DataLoader loader = DataLoader.ForEvaluation(part, new LoaderOptions { EvalBatchSize = 17 }, data.EvalTransforms);
        return [.. loader.Epoch(0, 0).SelectMany(b => TensorMemory.Span<float>(b.Input).ToArray())];
    }

    private DataSplits Load(Type type, double spacing, NpyNormalization normalize, Func<Npy.Options, Npy.Options>? change = null)
    {
        double[] values = [.. Enumerable.Range(0, Samples).SelectMany(i => (double[])[1.7e9 + (i * spacing), i * 37 % 101])];
        Write("x_train", type == typeof(long) ? NpyBytes.Of(Array.ConvertAll(values, v => (long)v), Samples, 2)
            : type == typeof(int) ? NpyBytes.Of(Array.ConvertAll(values, v => (int)v), Samples, 2)
            : NpyBytes.Of(values, Samples, 2));
        Write("y_train", NpyBytes.Of(new byte[Samples], Samples));
        var options = new Npy.Options { Root = _folder.FullPath, Normalize = normalize, ValidationFraction = 0, Target = StatedTarget.Values };
        return Npy.Load(change?.Invoke(options) ?? options, new DatasetContext(1));
    }

    private void Write(string name, byte[] bytes)
    {
        File.Delete(_folder[$"{name}.npy"]);
        _folder.Write($"{name}.npy", bytes);
    }
}
