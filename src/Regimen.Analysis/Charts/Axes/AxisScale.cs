namespace Regimen.Charts;

/// <summary>A tick of an axis.</summary>
internal sealed record AxisTick(double Value, string Label);

/// <summary>Maps values to positions along an axis, and chooses its ticks.</summary>
internal sealed class AxisScale
{
    private const double Largest = 1e300;
    private readonly double _from;
    private readonly double _to;

    private AxisScale(double low, double high, bool isLog, IReadOnlyList<AxisTick> ticks, double from, double to)
    {
        (Low, High, IsLog, Ticks) = (low, high, isLog, ticks);
        (_from, _to) = (from, to);
    }

    public double Low { get; }

    public double High { get; }

    public bool IsLog { get; }

    /// <summary>The ticks, rising.</summary>
    public IReadOnlyList<AxisTick> Ticks { get; }

    /// <summary>Creates a scale.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="values">The values to show; those that the axis can't show are ignored.</param>
    /// <param name="from">The position of the lowest value.</param>
    /// <param name="to">The position of the highest value.</param>
    /// <param name="ticks">The greatest number of ticks, about.</param>
    public static AxisScale Of(ChartAxis axis, IEnumerable<double> values, double from, double to, int ticks)
    {
        (double low, double high) = Range(axis, values);
        if (axis.IsLog)
        {
            IReadOnlyList<AxisTick> decades = AxisTicks.Logarithmic(ref low, ref high, ticks, axis);
            return new(low, high, true, decades, from, to);
        }

        IReadOnlyList<AxisTick> linear = AxisTicks.Linear(ref low, ref high, ticks, axis);
        return new(low, high, false, linear, from, to);
    }

    /// <summary>The same values at other positions.</summary>
    public AxisScale At(double from, double to) => new(Low, High, IsLog, Ticks, from, to);

    /// <summary>The position of a value; NaN if the axis can't show it.</summary>
    public double Map(double value)
    {
        if (!double.IsFinite(value) || (IsLog && value <= 0))
        {
            return double.NaN;
        }

        double part = IsLog ? (Math.Log10(value) - Math.Log10(Low)) / (Math.Log10(High) - Math.Log10(Low)) : (value - Low) / (High - Low);

        // Far outside of the axis a position only has to be outside of the drawing.
        return Math.Clamp(_from + ((_to - _from) * part), -1e6, 1e6);
    }

    private static (double Low, double High) Range(ChartAxis axis, IEnumerable<double> values)
    {
        double low = double.PositiveInfinity;
        double high = double.NegativeInfinity;
        foreach (double value in values)
        {
            if (double.IsFinite(value) && (!axis.IsLog || value > 0))
            {
                low = Math.Min(low, value);
                high = Math.Max(high, value);
            }
        }

        if (low > high)
        {
            (low, high) = axis.IsLog ? (0.1, 1) : (0, 1);
        }

        low = Math.Clamp(Usable(axis.Min, axis) ?? low, -Largest, Largest);
        high = Math.Clamp(Usable(axis.Max, axis) ?? high, -Largest, Largest);
        if (axis.IsLog)
        {
            low = Math.Max(low, 1e-300);
            return high > low * 1.0001 ? (low, high) : (low / 2, Math.Max(low, high) * 2);
        }

        if (high - low > Math.Max(1e-290, 1e-9 * Math.Max(Math.Abs(low), Math.Abs(high))))
        {
            return (low, high);
        }

        double center = (low / 2) + (high / 2);
        double around = center == 0 ? 1 : Math.Abs(center) / 10;
        return axis.IsWhole ? (center - Math.Max(1, around), center + Math.Max(1, around)) : (center - around, center + around);
    }

    private static double? Usable(double? limit, ChartAxis axis)
        => limit is { } value && double.IsFinite(value) && (!axis.IsLog || value > 0) ? value : null;
}
