using Regimen.Curves;

namespace Regimen.Tests.Curves;

public sealed class CurveMeanTests
{
    [Fact]
    public void Mean_deviation_and_error_are_those_of_the_curves_that_reach_a_position()
    {
        MeanPoint[] points = [.. CurveMean.Of([Of([1, 3], [2, 6]), Of([1, 3], [4, 9]), Of([1], [9])])];
        Assert.Equal([1, 3], points.Select(p => p.Position));
        Assert.Equal((5.0, 3), (points[0].Mean, points[0].Count));
        Assert.Equal(Math.Sqrt(13), points[0].Deviation, 12);
        Assert.Equal(Math.Sqrt(13.0 / 3), points[0].Error, 12);
        Assert.Equal((7.5, 2), (points[1].Mean, points[1].Count));
    }

    [Fact]
    public void Curves_with_other_steps_are_interpolated_and_never_beyond_their_ends()
    {
        MeanPoint[] points = [.. CurveMean.Of([Of([0, 10], [0, 10]), Of([5, 7], [1, 3])])];
        Assert.Equal([0, 5, 7, 10], points.Select(p => p.Position));
        Assert.Equal([0, 3, 5, 10], points.Select(p => p.Mean));
        Assert.Equal([1, 2, 2, 1], points.Select(p => p.Count));
        Assert.True(double.IsNaN(points[0].Deviation));
    }

    [Fact]
    public void Many_positions_become_evenly_spaced_ones_with_both_ends()
    {
        double[] values = [.. Enumerable.Range(1, 10_007).Select(i => (double)i)];
        MeanPoint[] points = [.. CurveMean.Of([new Curve("c", null, values, RunClock.Unknown), new Curve("c", null, values, RunClock.Unknown)], most: 11)];
        Assert.Equal((11, 1.0, 10_007.0), (points.Length, points[0].Position, points[^1].Position));
        Assert.All(points, p => Assert.Equal(p.Position, p.Mean, 9));
    }

    [Fact]
    public void The_last_of_several_points_of_a_step_counts_and_NaN_stays()
    {
        MeanPoint[] points = [.. CurveMean.Of([Of([2, 2, 4], [1, 5, double.NaN]), Of([2, 4], [7, 1])])];
        Assert.Equal([6, double.NaN], points.Select(p => p.Mean));
        Assert.Empty(CurveMean.Of([Of([], [])]));
        Assert.Empty(CurveMean.Of([]));
    }

    private static Curve Of(long[] steps, double[] values) => new("c", steps, values, RunClock.Unknown);
}
