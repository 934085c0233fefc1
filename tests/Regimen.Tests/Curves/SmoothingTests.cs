using Regimen.Curves;

namespace Regimen.Tests.Curves;

public sealed class SmoothingTests
{
    [Fact]
    public void The_average_is_corrected_for_its_start()
    {
        // By hand, with the weight 0.6: averages 0.4, 1.04, 1.824; corrections 0.4, 0.64, 0.784.
        double[] smooth = [.. Smoothing.Apply(Of(1, 2, 3), 0.6).Values];
        Assert.Equal([1, 1.04 / 0.64, 1.824 / 0.784], smooth, (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void Values_that_are_not_finite_stay_and_do_not_count()
    {
        double[] smooth = [.. Smoothing.Apply(Of(1, double.NaN, 2, double.PositiveInfinity, 3), 0.6).Values];
        Assert.Equal([1, double.NaN, 1.04 / 0.64, double.PositiveInfinity, 1.824 / 0.784], smooth, (a, b) => a.Equals(b) || Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void A_constant_curve_an_empty_one_and_the_weight_0_change_nothing()
    {
        Assert.Equal([0.1, 0.1, 0.1], Smoothing.Apply(Of(0.1, 0.1, 0.1), 0.9).Values.ToArray());
        Assert.Equal([3.0, 1], Smoothing.Apply(Of(3, 1), 0).Values.ToArray());
        Assert.Equal(0, Smoothing.Apply(Of(), 0.5).Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => Smoothing.Apply(Of(1), 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Smoothing.Apply(Of(1), double.NaN));
    }

    private static Curve Of(params double[] values) => new("c", null, values, RunClock.Unknown);
}
