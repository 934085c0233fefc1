namespace Regimen.Curves;

/// <summary>A point of the mean of several curves.</summary>
/// <param name="Position">The position on the axis.</param>
/// <param name="Mean">The mean of the curves that reach this position.</param>
/// <param name="Deviation">Their standard deviation, with n − 1; NaN for a single curve.</param>
/// <param name="Error">The standard error of the mean; NaN for a single curve.</param>
/// <param name="Count">The number of curves that reach this position.</param>
public readonly record struct MeanPoint(double Position, double Mean, double Deviation, double Error, int Count);

/// <summary>Averages curves over seeds.</summary>
public static class CurveMean
{
    /// <summary>Returns mean and deviation of several curves on a common axis: at every position that one of them has, or, if these are more than
    /// <paramref name="most"/>, at as many evenly spaced ones. Between two of its points a curve is linear; before its first and behind its last
    /// one it does not count.</summary>
    /// <param name="curves">The curves, one for each seed. They must not be down-sampled.</param>
    /// <param name="axis">The common axis.</param>
    /// <param name="most">The largest number of positions.</param>
    public static IReadOnlyList<MeanPoint> Of(IReadOnlyList<Curve> curves, CurveAxis axis = CurveAxis.Step, int most = 2000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 2);
        Track[] tracks = [.. curves.Select(c => new Track(c, axis)).Where(t => t.Count > 0)];
        if (tracks.Length == 0)
        {
            return [];
        }

        var values = new List<double>(tracks.Length);
        var points = new List<MeanPoint>();
        foreach (double position in Positions(tracks, most))
        {
            values.Clear();
            foreach (Track track in tracks)
            {
                if (track.TryAt(position, out double value))
                {
                    values.Add(value);
                }
            }

            if (values.Count > 0)
            {
                points.Add(Point(position, values));
            }
        }

        return points;
    }

    /// <summary>Returns mean, standard deviation (n − 1) and standard error of some values.</summary>
    public static MeanPoint Point(double position, IReadOnlyList<double> values)
    {
        double mean = values.Average();
        if (values.Count == 1)
        {
            return new(position, mean, double.NaN, double.NaN, 1);
        }

        double deviation = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
        return new(position, mean, deviation, deviation / Math.Sqrt(values.Count), values.Count);
    }

    private static IEnumerable<double> Positions(Track[] tracks, int most)
    {
        double[] all = [.. tracks.SelectMany(t => t.Positions).Distinct().Order()];
        return all.Length <= most ? all : Enumerable.Range(0, most).Select(i => i == most - 1 ? all[^1] : all[0] + ((all[^1] - all[0]) * i / (most - 1)));
    }

    /// <summary>A curve that is read from left to right.</summary>
    private sealed class Track(Curve curve, CurveAxis axis)
    {
        private readonly double[] _positions = [.. Enumerable.Range(0, curve.Count).Select(i => curve.PositionAt(i, axis)).SkipWhile(double.IsNaN)];
        private int _at;

        public int Count => _positions.Length;

        public IEnumerable<double> Positions => _positions;

        /// <summary>Reads the value at a position, which is not in front of that of the call before.</summary>
        public bool TryAt(double position, out double value)
        {
            value = double.NaN;
            if (position < _positions[0] || position > _positions[^1])
            {
                return false;
            }

            // Of several points at one position, the last one counts.
            while (_at + 1 < _positions.Length && _positions[_at + 1] <= position)
            {
                _at++;
            }

            ReadOnlySpan<double> values = curve.Values[(curve.Count - _positions.Length)..];
            value = _positions[_at] == position || _at + 1 == _positions.Length
                ? values[_at]
                : values[_at] + ((values[_at + 1] - values[_at]) * ((position - _positions[_at]) / (_positions[_at + 1] - _positions[_at])));
            return true;
        }
    }
}
