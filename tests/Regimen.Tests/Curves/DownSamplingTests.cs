using CsCheck;
using Regimen.Curves;

namespace Regimen.Tests.Curves;

public sealed class DownSamplingTests
{
    private static readonly Gen<double> Value = Gen.Frequency(
        (8, Gen.Double[-5, 5]), (1, Gen.Const(double.NaN)), (1, Gen.OneOf(Gen.Const(double.PositiveInfinity), Gen.Const(double.NegativeInfinity), Gen.Const(-0.0), Gen.Const(1e308))));

    private static readonly Gen<(Curve Curve, double From, double To, int Columns)> Cases = Gen.Select(
        Value.Array[0, 300], Gen.Long[0, 3].Array[300], Gen.Double[-10, 400], Gen.Double[0.001, 400], Gen.Int[1, 23],
        (values, gaps, from, width, columns) => (new Curve("c", Steps(gaps, values.Length), values, new RunClock([(37, 1.5)], [])), from, from + width, columns));

    [Fact]
    public void The_minimum_the_maximum_and_the_last_point_of_every_column_are_kept_in_order()
        => Cases.Sample(c =>
        {
            Curve reduced = DownSampling.MinMaxLast(c.Curve, c.From, c.To, c.Columns);
            Assert.Equal(reduced.Points.OrderBy(p => p.Step).Select(p => p.Step), reduced.Points.Select(p => p.Step));
            IGrouping<int, CurvePoint>[] columns = [.. Inside(c.Curve, c.From, c.To).GroupBy(p => Column(p.Step, c))];
            ILookup<int, CurvePoint> kept = reduced.Points.ToLookup(p => Column(p.Step, c));
            Assert.Equal(columns.Select(g => g.Key), kept.Select(g => g.Key));
            foreach (IGrouping<int, CurvePoint> column in columns)
            {
                CurvePoint[] of = [.. kept[column.Key]];
                Assert.InRange(of.Length, 1, 4);
                Assert.Equal(column.Last(), of[^1]);
                Assert.Equal(column.Any(p => double.IsNaN(p.Value)), of.Any(p => double.IsNaN(p.Value)));
                Assert.Equal(column.Select(p => p.Value).Where(v => !double.IsNaN(v)).DefaultIfEmpty().Min(), of.Select(p => p.Value).Where(v => !double.IsNaN(v)).DefaultIfEmpty().Min());
                Assert.Equal(column.Select(p => p.Value).Where(v => !double.IsNaN(v)).DefaultIfEmpty().Max(), of.Select(p => p.Value).Where(v => !double.IsNaN(v)).DefaultIfEmpty().Max());
            }
        }, iter: 3000);

    [Fact]
    public void A_single_dip_survives_any_width()
    {
        double[] values = [.. Enumerable.Range(0, 100_003).Select(i => i == 61_777 ? -1.0 : 1 + Math.Sin(i))];
        foreach (int columns in (int[])[1, 7, 640, 5001])
        {
            Curve reduced = DownSampling.MinMaxLast(new Curve("c", null, values, RunClock.Unknown), columns);
            Assert.InRange(reduced.Count, columns, 3 * columns);
            Assert.Equal(61_778, reduced.Points.MinBy(p => p.Value).Step);
        }
    }

    [Fact]
    public void Epochs_are_an_axis_and_points_of_unknown_time_are_left_out()
    {
        var curve = new Curve("c", [0, 5, 11, 17], [4, 3, 2, 1], new RunClock([(10, 1)], []));
        Assert.Equal([5, 11], DownSampling.MinMaxLast(curve, 0.4, 1.2, 9, CurveAxis.Epoch).Points.Select(p => p.Step));
        Assert.Equal(0, DownSampling.MinMaxLast(curve, 0, 9, 9, CurveAxis.Seconds).Count);
        Assert.Equal(0, DownSampling.MinMaxLast(new Curve("c", [3], [1], RunClock.Unknown), 9, CurveAxis.Epoch).Count);
    }

    [Theory]
    [InlineData(1, 1, 5)]
    [InlineData(2, 1, 5)]
    [InlineData(double.NaN, 1, 5)]
    [InlineData(0, double.PositiveInfinity, 5)]
    [InlineData(0, 1, 0)]
    public void Impossible_edges_are_refused(double from, double to, int columns)
        => Assert.Throws<ArgumentOutOfRangeException>(() => DownSampling.MinMaxLast(new Curve("c", null, [1], RunClock.Unknown), from, to, columns));

    private static long[] Steps(long[] gaps, int count)
    {
        long step = 0;
        return [.. gaps.Take(count).Select(g => step += g)];
    }

    private static IEnumerable<CurvePoint> Inside(Curve curve, double from, double to) => curve.Points.Where(p => p.Step >= from && p.Step <= to);

    private static int Column(long step, (Curve Curve, double From, double To, int Columns) c)
        => Math.Min(c.Columns - 1, (int)((step - c.From) / (c.To - c.From) * c.Columns));
}
