using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Data;

/// <summary>Tests that targets are scaled as by scikit-learn's StandardScaler, and that metrics are those of the unscaled values.</summary>
public sealed class TargetScaleTests
{
    private static readonly double[] Prices = [60_000, 3_000_000, 412_345.67, 1_250_000, 75_000.5, 999_999.99, 187_654.25];

    // scikit-learn 1.2.1, NumPy 1.24.2: StandardScaler().fit(prices), and of numpy.log1p(prices).
    private static readonly double[] Standard =
        [-0.815052969745376, 2.1991049604532016, -0.4538198080441409, 0.4049633353350007, -0.7996741003467557, 0.14865737863730555, -0.684178796289236];

    private static readonly double[] Log =
        [-1.3596931105120293, 1.4928594804497055, 0.045801487169401627, 0.854486519181591, -1.1969791181484577, 0.691775095913541, -0.5282503540537471];

    [Theory]
    [InlineData(TargetScaling.Standard, 855000.0585714286, 975396.800062931)]
    [InlineData(TargetScaling.Log, 12.866807289373256, 1.371405626185043)]
    public void Mean_standard_deviation_and_scaled_values_match_scikit_learn(TargetScaling type, double mean, double std)
    {
        TargetScale scale = TargetScale.Fit(type, Prices, 1)!;
        Assert.Equal(mean, scale.Mean[0], mean * 1e-14);
        Assert.Equal(std, scale.Std[0], std * 1e-14);
        foreach ((double price, double expected) in Prices.Zip(type == TargetScaling.Log ? Log : Standard))
        {
            Assert.Equal((float)expected, scale.To(price, 0), 1e-7f);
            Assert.Equal(price, scale.From(expected, 0), price * 1e-12);
        }
    }

    [Fact]
    public void Each_output_has_its_own_scale_and_a_constant_output_has_a_standard_deviation_of_one()
    {
        // StandardScaler().fit([[1e9+1, 5], [1e9+2, 5], [1e9+4, 5], [1e9+8.5, 5], [1e9+16, 5]]); float32 can't represent these differences.
        TargetScale scale = TargetScale.Fit(TargetScaling.Standard, [1e9 + 1, 5, 1e9 + 2, 5, 1e9 + 4, 5, 1e9 + 8.5, 5, 1e9 + 16, 5], 2)!;
        Assert.Equal([1000000006.3, 5.0], scale.Mean);
        Assert.Equal([5.491812087098393, 1.0], scale.Std);
        Assert.Equal((float)(2.2 / 5.491812087098393), scale.To(1e9 + 8.5, 0), 1e-7f);
        Assert.Equal(7, scale.From(2, 1));
    }

    [Fact]
    public void Metadata_round_trip_preserves_the_bits()
    {
        TargetScale scale = TargetScale.Fit(TargetScaling.Log, Prices[..6], 2)!;
        Assert.Equal(scale, TargetScale.Parse((JsonObject)JsonNode.Parse(scale.Describe().ToJsonString())!));
        foreach (string damaged in (string[])["{}", """{"name":"scale_target","type":"log","mean":[1],"std":[0]}""", """{"name":"scale_target","type":"none","mean":[1],"std":[1]}""", """{"name":"table"}"""])
        {
            Assert.Throws<RequestException>(() => TargetScale.Parse((JsonObject)JsonNode.Parse(damaged)!));
        }

        Assert.Null(TargetScale.Fit(TargetScaling.None, Prices, 1));
        Assert.Throws<ArgumentException>(() => TargetScale.Fit(TargetScaling.Log, [3, -1], 1));
    }

    // Expected: numpy.log1p and numpy.expm1.
    [Theory]
    [InlineData(1e-18, 1e-18, 1e-18)]
    [InlineData(1e-10, 9.999999999500001e-11, 1.00000000005e-10)]
    [InlineData(-1e-10, -1.00000000005e-10, -9.999999999500001e-11)]
    [InlineData(0.3, 0.262364264467491, 0.3498588075760031)]
    [InlineData(-0.999999, -13.815510557935518, -0.6321201909489325)]
    [InlineData(1.7e9, 21.253894088596816, double.PositiveInfinity)]
    [InlineData(-1, double.NegativeInfinity, -0.6321205588285577)]
    [InlineData(-1000, double.NaN, -1)]
    public void Logarithms_match_NumPy(double x, double log1p, double expm1)
    {
        RequireNear(log1p, Logarithm.OfOnePlus(x));
        RequireNear(expm1, Logarithm.ExpLessOne(x));

        static void RequireNear(double expected, double actual)
            => Assert.True(expected.Equals(actual) || Math.Abs(actual - expected) <= Math.Abs(expected) * 4e-16, $"expected {expected:R}, received {actual:R}");
    }

    // Expected: scikit-learn's mean_squared_error ** 0.5, mean_absolute_error and r2_score of the unscaled values.
    [Theory]
    [InlineData(TargetScaling.Standard, 431200.125, 98765.4321, 27208.55135931981, 24691.358024999965, 0.9197572488199598)]
    [InlineData(TargetScaling.Log, 12.75, 1.0625, 520099.6466763763, 310601.06161746907, 0.7112178660952753)]
    public void Metrics_are_in_the_targets_own_units(TargetScaling type, double mean, double std, double rmse, double mae, double r2)
    {
        using DisposeScope scope = NewDisposeScope();
        var metrics = new RegressionMetrics(new TargetScale(type, [mean], [std]));
        metrics.Add(tensor((float[])[0.5f, -0.25f, 1.75f]), tensor((float[])[0.25f, -0.5f, 2]));
        metrics.Add(tensor((float[])[-1, 0.125f, -0.5f, 2], [4, 1]), tensor((float[])[-0.75f, 0, -0.375f, 1.5f], [4, 1]));
        Assert.Equal(rmse, metrics.Values["rmse"], rmse * 1e-12);
        Assert.Equal(mae, metrics.Values["mae"], mae * 1e-12);
        Assert.Equal(r2, metrics.Values["r2"], 1e-12);
    }

    [Fact]
    public void Metrics_of_each_output_are_in_its_own_units()
    {
        using DisposeScope scope = NewDisposeScope();
        var metrics = new RegressionMetrics(new TargetScale(TargetScaling.Standard, [5, -7], [2, 1000]));
        metrics.Add(tensor((float[])[0, 0, 1, 1, -1, 2], [3, 2]), tensor((float[])[0.5f, 0.5f, 1, 2, -1, 2], [3, 2]));
        Assert.Equal([1.0 / 3, 500], metrics.PerOutput.Select(o => o.Mae));
    }

    [Fact]
    public void Array_targets_are_scaled_and_the_scale_is_part_of_the_fingerprint()
    {
        float[] inputs = [.. Enumerable.Range(0, 7).Select(i => (float)i)];
        ArrayDataset scaled = Data(Prices);
        Assert.Equal(TargetScale.Fit(TargetScaling.Standard, Prices, 1), TargetScale.Of(scaled));
        Assert.Equal(TargetScale.Of(scaled), TargetScale.Of(new Subset(scaled, [1, 3]).Map(new SampleShape(1), (from, to) => from.CopyTo(to))));
        using var buffer = new BatchBuffer(scaled.Fields, 7);
        scaled.Gather([0, 1, 2, 3, 4, 5, 6], ChannelScale.Identity, buffer);
        Assert.Equal(Standard.Select(s => (float)s), buffer.Floats(Field.Target).ToArray());

        // Doubled prices have the same scaled values.
        Assert.NotEqual(Fingerprint(scaled), Fingerprint(Data([.. Prices.Select(p => 2 * p)])));
        Assert.Equal(Fingerprint(scaled), Fingerprint(Data(Prices)));

        ArrayDataset Data(double[] prices)
            => ArrayDataset.ForRegression(inputs, prices, new SampleShape(1), SampleShape.Scalar, TargetScale.Fit(TargetScaling.Standard, prices, 1));

        static string Fingerprint(IDataset train) => DataFingerprint.Of(new DataSplits { Train = train });
    }
}
