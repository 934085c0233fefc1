namespace Regimen.Curves;

/// <summary>A point of a curve.</summary>
/// <param name="Step">The number of optimizer updates before the value was measured.</param>
/// <param name="Epoch">The number of epochs trained, with fractions; NaN if it is unknown.</param>
/// <param name="Seconds">The seconds of training since the start; NaN if they are unknown.</param>
/// <param name="Value">The value, which may be NaN or infinite.</param>
public readonly record struct CurvePoint(long Step, double Epoch, double Seconds, double Value);

/// <summary>A named series of a run, in the order of its steps.</summary>
public sealed class Curve
{
    /// <summary>The steps of the points; null for the steps 1, 2, 3 …</summary>
    private readonly long[]? _steps;
    private readonly double[] _values;

    /// <summary>Creates a curve.</summary>
    /// <param name="name">The name, as <c>val.loss</c>.</param>
    /// <param name="steps">The step of each value, in ascending order (a step may occur several times); null for 1, 2, 3 …</param>
    /// <param name="values">The values.</param>
    /// <param name="clock">The epoch and time of each step.</param>
    /// <exception cref="ArgumentException">The numbers of steps and values differ, or the steps are not in order.</exception>
    public Curve(string name, long[]? steps, double[] values, RunClock clock)
    {
        if (steps is not null && (steps.Length != values.Length || !IsAscending(steps)))
        {
            throw new ArgumentException($"expected {values.Length} steps in ascending order", nameof(steps));
        }

        (Name, _steps, _values, Clock) = (name, steps, values, clock);
    }

    /// <summary>The name, as <c>train.loss</c>.</summary>
    public string Name { get; }

    /// <summary>The number of points.</summary>
    public int Count => _values.Length;

    /// <summary>The values, in the order of the steps.</summary>
    public ReadOnlySpan<double> Values => _values;

    /// <summary>The epoch and time of each step of the run.</summary>
    public RunClock Clock { get; }

    /// <summary>The point at an index.</summary>
    public CurvePoint this[int index]
    {
        get
        {
            long step = StepAt(index);
            return new(step, Clock.EpochAt(step), Clock.SecondsAt(step), _values[index]);
        }
    }

    /// <summary>All points, in the order of their steps.</summary>
    public IEnumerable<CurvePoint> Points => Enumerable.Range(0, Count).Select(i => this[i]);

    /// <summary>Returns the step of a point.</summary>
    public long StepAt(int index) => _steps is null ? index + 1 : _steps[index];

    /// <summary>Returns the position of a point on an axis.</summary>
    public double PositionAt(int index, CurveAxis axis) => Clock.PositionOf(StepAt(index), axis);

    /// <summary>Returns the index of the first point that is at a position or behind it; <see cref="Count"/> if there is none. Points whose
    /// position is unknown (NaN) are in front of every position.</summary>
    public int FirstAt(double position, CurveAxis axis) => First(0, i => PositionAt(i, axis) >= position);

    /// <summary>Returns the curve with other values at the same points.</summary>
    internal Curve With(double[] values) => new(Name, _steps, values, Clock);

    /// <summary>Returns some of the points; the indices are in ascending order.</summary>
    internal Curve At(IReadOnlyList<int> indices) => new(Name, [.. indices.Select(StepAt)], [.. indices.Select(i => _values[i])], Clock);

    /// <summary>Returns the first index from which on a condition holds (binary search).</summary>
    internal int First(int from, Func<int, bool> holds)
    {
        int to = Count;
        while (from < to)
        {
            int middle = from + ((to - from) / 2);
            (from, to) = holds(middle) ? (from, middle) : (middle + 1, to);
        }

        return from;
    }

    private static bool IsAscending(long[] steps)
    {
        for (int i = 1; i < steps.Length; i++)
        {
            if (steps[i] < steps[i - 1])
            {
                return false;
            }
        }

        return true;
    }
}
