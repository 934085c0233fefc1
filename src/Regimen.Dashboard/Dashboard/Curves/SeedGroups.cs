using Regimen.Curves;
using Regimen.Listing;

namespace Regimen.Dashboard;

/// <summary>Groups runs that differ in their seed alone, and averages their curves.</summary>
internal sealed class SeedGroups(RunListing listing)
{
    /// <summary>Returns the groups of some runs as the indices of their members, in the order of their first ones.</summary>
    private IReadOnlyList<int[]> Of(IReadOnlyList<string> ids)
    {
        Dictionary<string, int> index = ids.Index().ToDictionary(i => i.Item, i => i.Index);
        return [.. SeedGroup.Of(listing.Of(ids)).Select(g => g.Rows.Select(r => index[r.Name]).ToArray())];
    }

    /// <summary>Returns three lines for each group: the mean, and the mean with the standard deviation below and above. A group of one run is a
    /// line.</summary>
    public IEnumerable<CurveLine> Lines(CurveView view, IReadOnlyList<Curve?> curves)
    {
        foreach (int[] group in Of(view.RunIds))
        {
            Curve[] members = [.. group.Select(i => curves[i]).OfType<Curve>()];
            if (members is [var only])
            {
                yield return new CurveLine(group[0], "line", only);
            }
            else if (members.Length > 1)
            {
                foreach (CurveLine line in Mean(group[0], members, view))
                {
                    yield return line;
                }
            }
        }
    }

    private static IEnumerable<CurveLine> Mean(int run, Curve[] members, CurveView view)
    {
        Curve[] visible = [.. members.Select(m => Part(m, view))];
        MeanPoint[] points = [.. CurveMean.Of(visible, view.Axis, 2 * view.Pixels)];
        Curve template = members[0];
        return
        [
            Line("low", p => double.IsNaN(p.Deviation) ? p.Mean : p.Mean - p.Deviation),
            Line("high", p => double.IsNaN(p.Deviation) ? p.Mean : p.Mean + p.Deviation),
            Line("mean", p => p.Mean),
        ];

        CurveLine Line(string kind, Func<MeanPoint, double> value) => new(run, kind, OnPositions(template.Name, points, value, view.Axis));
    }

    /// <summary>Returns the part of a curve that is visible, with a point on each side.</summary>
    private static Curve Part(Curve curve, CurveView view)
    {
        int start = view.Left is { } left ? Math.Max(0, curve.FirstAt(left, view.Axis) - 1) : 0;
        int end = view.Right is { } right ? Math.Min(curve.Count, curve.First(start, i => curve.PositionAt(i, view.Axis) > right) + 1) : curve.Count;
        return start == 0 && end == curve.Count ? curve : curve.At([.. Enumerable.Range(start, end - start)]);
    }

    /// <summary>Returns a curve whose points have given positions. The clock turns the number of a point into its position.</summary>
    private static Curve OnPositions(string name, MeanPoint[] points, Func<MeanPoint, double> value, CurveAxis axis)
    {
        double[] values = [.. points.Select(value)];
        if (axis == CurveAxis.Step)
        {
            // Between evenly spaced positions there is at least one step.
            return new Curve(name, [.. points.Select(p => (long)Math.Round(p.Position))], values, RunClock.Unknown);
        }

        (long, double)[] knots = [.. points.Select((p, i) => ((long)i + 1, p.Position))];
        return new Curve(name, [.. knots.Select(k => k.Item1)], values, new RunClock(knots, knots));
    }
}
