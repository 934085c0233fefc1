namespace Regimen.Curves;

/// <summary>The epoch and the time of each step of a run: both are known at the end of each epoch and linear in between. Behind the last known
/// end they continue at the rate of the last epoch.</summary>
public sealed class RunClock
{
    private readonly (long Step, double Value)[] _epochs;
    private readonly (long Step, double Value)[] _seconds;

    /// <summary>Creates a clock.</summary>
    /// <param name="epochs">The epochs trained at some steps, in ascending order, without step 0.</param>
    /// <param name="seconds">The seconds since the start at some steps, in ascending order, without step 0.</param>
    public RunClock(IEnumerable<(long Step, double Value)> epochs, IEnumerable<(long Step, double Value)> seconds)
        => (_epochs, _seconds) = (Knots(epochs), Knots(seconds));

    /// <summary>A clock that knows neither epochs nor times.</summary>
    public static RunClock Unknown { get; } = new([], []);

    /// <summary>Returns the number of epochs trained at a step, with fractions; NaN if it is unknown.</summary>
    public double EpochAt(long step) => At(_epochs, step);

    /// <summary>Returns the seconds of training at a step; NaN if they are unknown.</summary>
    public double SecondsAt(long step) => At(_seconds, step);

    /// <summary>Returns a step's position on an axis.</summary>
    public double PositionOf(long step, CurveAxis axis) => axis switch
    {
        CurveAxis.Epoch => EpochAt(step),
        CurveAxis.Seconds => SecondsAt(step),
        _ => step,
    };

    /// <summary>Returns the known positions that go forward, with the origin in front: a damaged record must not turn an axis back.</summary>
    private static (long Step, double Value)[] Knots(IEnumerable<(long Step, double Value)> known)
    {
        List<(long Step, double Value)> knots = [(0, 0)];
        foreach ((long step, double value) in known)
        {
            if (step > knots[^1].Step && value >= knots[^1].Value && double.IsFinite(value))
            {
                knots.Add((step, value));
            }
        }

        return [.. knots];
    }

    private static double At((long Step, double Value)[] knots, long step)
    {
        if (knots.Length == 1)
        {
            return double.NaN;
        }

        if (step <= 0)
        {
            return 0;
        }

        int low = 1;
        int high = knots.Length - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = knots[middle].Step >= step ? (low, middle) : (middle + 1, high);
        }

        ((long Step, double Value) from, (long Step, double Value) to) = (knots[low - 1], knots[low]);
        return step == to.Step ? to.Value : from.Value + ((to.Value - from.Value) * ((double)(step - from.Step) / (to.Step - from.Step)));
    }
}
