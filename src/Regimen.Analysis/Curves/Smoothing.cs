namespace Regimen.Curves;

/// <summary>Smooths a curve as TensorBoard does: an exponential moving average, corrected for its start (Kingma and Ba, "Adam", 2015, section
/// 3).</summary>
public static class Smoothing
{
    /// <summary>Returns the smoothed curve, with the same points. Values that are not finite stay, and do not take part in the average; a curve
    /// of one value throughout stays as it is.</summary>
    /// <param name="curve">The curve. It must not be down-sampled.</param>
    /// <param name="weight">The weight of the average so far, from 0 (none) to below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The weight is outside its range.</exception>
    public static Curve Apply(Curve curve, double weight)
    {
        if (weight is not (>= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(weight), weight, "expected at least 0 and below 1");
        }

        ReadOnlySpan<double> values = curve.Values;
        if (weight == 0 || values.IndexOfAnyExcept(values.IsEmpty ? 0 : values[0]) < 0)
        {
            return curve;
        }

        var smooth = new double[values.Length];
        double average = 0;
        double power = 1;
        for (int i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i]))
            {
                smooth[i] = values[i];
                continue;
            }

            average = (average * weight) + ((1 - weight) * values[i]);
            power *= weight;
            smooth[i] = average / (1 - power);
        }

        return curve.With(smooth);
    }
}
