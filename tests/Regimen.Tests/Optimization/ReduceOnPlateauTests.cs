using Regimen.Metrics;
using Regimen.Optimization;

namespace Regimen.Tests.Optimization;

/// <summary><c>reduce_on_plateau</c> against PyTorch 1.13's <c>ReduceLROnPlateau</c> on infinite, negative and NaN values: SGD
/// with lr=0.7, factor=0.5, min_lr=0.01; one <c>step(value)</c> per value, with the learning rate read before each and after the last one.</summary>
public sealed class ReduceOnPlateauTests
{
    private const double Lr = 0.7;
    private const double Inf = double.PositiveInfinity;

    private static readonly double[][] Values =
    [
        [Inf, 3.0, 2.9999, 2.5, double.NaN, Inf, 2.5, 2.4, -Inf, -Inf, 1.0],
        [-0.5, -0.50002, -0.6, -0.6, -0.59, -0.7, -0.7001, -0.70001, double.NaN, -0.71, -2.0],
        [double.NaN, double.NaN, -Inf, -3.0, -2.0, 0.0, 0.00005, 1e-9, 1.0, 1.00005, Inf],
    ];

    public static TheoryData<int, MonitorMode, ThresholdMode, double, int, int, double[]> PyTorch => new()
    {
        { 0, MonitorMode.Min, ThresholdMode.Rel, 0.01, 0, 0, [0.7, 0.35, 0.35, 0.175, 0.175, 0.0875, 0.04375, 0.021875, 0.021875, 0.021875, 0.0109375, 0.01] },
        { 0, MonitorMode.Min, ThresholdMode.Rel, 0.3, 1, 2, [0.7, 0.7, 0.7, 0.7, 0.35, 0.35, 0.35, 0.35, 0.175, 0.175, 0.175, 0.175] },
        { 0, MonitorMode.Min, ThresholdMode.Abs, 0.01, 0, 0, [0.7, 0.35, 0.35, 0.175, 0.175, 0.0875, 0.04375, 0.021875, 0.021875, 0.021875, 0.0109375, 0.01] },
        { 0, MonitorMode.Min, ThresholdMode.Abs, 0.3, 1, 2, [0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.35, 0.35, 0.35, 0.35, 0.35, 0.175] },
        { 0, MonitorMode.Max, ThresholdMode.Rel, 0.01, 0, 0, [0.7, 0.7, 0.35, 0.175, 0.0875, 0.04375, 0.021875, 0.0109375, 0.01, 0.01, 0.01, 0.01] },
        { 0, MonitorMode.Max, ThresholdMode.Rel, 0.3, 1, 2, [0.7, 0.7, 0.7, 0.35, 0.35, 0.35, 0.35, 0.175, 0.175, 0.175, 0.175, 0.0875] },
        { 0, MonitorMode.Max, ThresholdMode.Abs, 0.01, 0, 0, [0.7, 0.7, 0.35, 0.175, 0.0875, 0.04375, 0.021875, 0.0109375, 0.01, 0.01, 0.01, 0.01] },
        { 0, MonitorMode.Max, ThresholdMode.Abs, 0.3, 1, 2, [0.7, 0.7, 0.7, 0.35, 0.35, 0.35, 0.35, 0.175, 0.175, 0.175, 0.175, 0.0875] },
        { 1, MonitorMode.Min, ThresholdMode.Rel, 0.01, 0, 0, [0.7, 0.7, 0.7, 0.7, 0.7, 0.35, 0.35, 0.35, 0.35, 0.175, 0.175, 0.175] },
        { 1, MonitorMode.Min, ThresholdMode.Rel, 0.3, 1, 2, [0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7] },
        { 1, MonitorMode.Min, ThresholdMode.Abs, 0.01, 0, 0, [0.7, 0.7, 0.35, 0.35, 0.175, 0.0875, 0.0875, 0.04375, 0.021875, 0.0109375, 0.01, 0.01] },
        { 1, MonitorMode.Min, ThresholdMode.Abs, 0.3, 1, 2, [0.7, 0.7, 0.7, 0.35, 0.35, 0.35, 0.35, 0.175, 0.175, 0.175, 0.175, 0.175] },
        { 1, MonitorMode.Max, ThresholdMode.Rel, 0.01, 0, 0, [0.7, 0.7, 0.7, 0.35, 0.175, 0.0875, 0.04375, 0.021875, 0.0109375, 0.01, 0.01, 0.01] },
        { 1, MonitorMode.Max, ThresholdMode.Rel, 0.3, 1, 2, [0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7] },
        { 1, MonitorMode.Max, ThresholdMode.Abs, 0.01, 0, 0, [0.7, 0.7, 0.35, 0.175, 0.0875, 0.04375, 0.021875, 0.0109375, 0.01, 0.01, 0.01, 0.01] },
        { 1, MonitorMode.Max, ThresholdMode.Abs, 0.3, 1, 2, [0.7, 0.7, 0.7, 0.35, 0.35, 0.35, 0.35, 0.175, 0.175, 0.175, 0.175, 0.0875] },
        { 2, MonitorMode.Min, ThresholdMode.Rel, 0.01, 0, 0, [0.7, 0.35, 0.175, 0.175, 0.0875, 0.04375, 0.021875, 0.0109375, 0.01, 0.01, 0.01, 0.01] },
        { 2, MonitorMode.Min, ThresholdMode.Rel, 0.3, 1, 2, [0.7, 0.7, 0.35, 0.35, 0.35, 0.35, 0.175, 0.175, 0.175, 0.175, 0.0875, 0.0875] },
        { 2, MonitorMode.Min, ThresholdMode.Abs, 0.01, 0, 0, [0.7, 0.35, 0.175, 0.175, 0.0875, 0.04375, 0.021875, 0.0109375, 0.01, 0.01, 0.01, 0.01] },
        { 2, MonitorMode.Min, ThresholdMode.Abs, 0.3, 1, 2, [0.7, 0.7, 0.35, 0.35, 0.35, 0.35, 0.175, 0.175, 0.175, 0.175, 0.0875, 0.0875] },
        { 2, MonitorMode.Max, ThresholdMode.Rel, 0.01, 0, 0, [0.7, 0.35, 0.175, 0.0875, 0.0875, 0.0875, 0.0875, 0.0875, 0.04375, 0.04375, 0.021875, 0.021875] },
        { 2, MonitorMode.Max, ThresholdMode.Rel, 0.3, 1, 2, [0.7, 0.7, 0.35, 0.35, 0.35, 0.35, 0.35, 0.35, 0.35, 0.35, 0.35, 0.35] },
        { 2, MonitorMode.Max, ThresholdMode.Abs, 0.01, 0, 0, [0.7, 0.35, 0.175, 0.0875, 0.0875, 0.0875, 0.0875, 0.04375, 0.021875, 0.021875, 0.0109375, 0.0109375] },
        { 2, MonitorMode.Max, ThresholdMode.Abs, 0.3, 1, 2, [0.7, 0.7, 0.35, 0.35, 0.35, 0.35, 0.35, 0.35, 0.175, 0.175, 0.175, 0.175] },
    };

    [Theory]
    [MemberData(nameof(PyTorch))]
    public void Learning_rates_equal_PyTorch(
        int index, MonitorMode mode, ThresholdMode thresholdMode, double threshold, int patience, int cooldown, double[] expected)
    {
        var schedule = new ReduceOnPlateau
        {
            Mode = mode, ThresholdMode = thresholdMode, Threshold = threshold, Patience = patience, Cooldown = cooldown, Factor = 0.5, MinLr = 0.01,
        };
        Assert.Equal(expected, LearningRates(schedule, Values[index], MonitorMode.Min), (a, b) => Math.Abs(a - b) < 1e-12);

        // The direction of the metric gives the same result as the stated one.
        Assert.Equal(expected, LearningRates(schedule with { Mode = null }, Values[index], mode), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void A_growing_list_of_values_is_read_once_and_gives_the_result_of_the_complete_list()
    {
        var schedule = new ReduceOnPlateau { Patience = 1, Factor = 0.9 };
        var other = new ReduceOnPlateau { Patience = 0, Factor = 0.5 };
        double[] values = [.. Enumerable.Range(0, 37).Select(i => Math.Cos(i * 0.7))];
        var tracker = new PlateauTracker();
        for (int count = 0; count <= values.Length; count++)
        {
            // Further steps between two values, also of another schedule, do not read values again.
            ScheduleProgress whole = Progress(values[..count], MonitorMode.Min);
            ScheduleProgress growing = whole with { Watched = tracker };
            Assert.Equal(schedule.FactorAt(whole), schedule.FactorAt(growing));
            Assert.Equal(schedule.FactorAt(whole), schedule.FactorAt(growing));
            Assert.Equal(other.FactorAt(whole), other.FactorAt(growing));
            Assert.Equal(schedule.FactorAt(whole with { Lr = 0.001 }), schedule.FactorAt(growing with { Lr = 0.001 }));
            if (count < values.Length)
            {
                tracker.Add(values[count]);
            }
        }
    }

    [Fact]
    public void A_fold_reads_each_value_once()
    {
        var tracker = new PlateauTracker();
        var owner = new object();
        int calls = 0;
        for (int i = 0; i < 1_001; i++)
        {
            tracker.Add(i);
            Assert.Equal(i * (i + 1) / 2.0, PlateauTracker.Fold(tracker, owner, 0.0, (_, sum, value) => Count(sum + value)));
        }

        Assert.Equal(1_001, calls);

        double Count(double sum)
        {
            calls++;
            return sum;
        }
    }

    [Fact]
    public void A_learning_rate_of_zero_stays_zero() => Assert.Equal(1, new ReduceOnPlateau { Patience = 0 }.FactorAt(Progress([1, 2, 3], MonitorMode.Min) with { Lr = 0 }));

    private static ScheduleProgress Progress(double[] values, MonitorMode mode) => new(1, 1, 1, 100) { Lr = Lr, Watched = values, WatchedMode = mode };

    private static double[] LearningRates(ReduceOnPlateau schedule, double[] values, MonitorMode mode)
        => [.. Enumerable.Range(0, values.Length + 1).Select(count => Lr * schedule.FactorAt(Progress(values[..count], mode)))];
}
