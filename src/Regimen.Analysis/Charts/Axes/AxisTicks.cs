using System.Globalization;

namespace Regimen.Charts;

/// <summary>The ticks of an axis: multiples of 1, 2 or 5 times a power of ten; powers of ten on a logarithmic axis.</summary>
internal static class AxisTicks
{
    /// <summary>Chooses ticks, and widens the range to the next tick on both sides unless the axis is tight or has limits.</summary>
    public static IReadOnlyList<AxisTick> Linear(ref double low, ref double high, int count, ChartAxis axis)
    {
        double step = Step((high - low) / Math.Max(1, count));
        if (axis.IsWhole)
        {
            step = Math.Max(1, step);
        }

        double first = Math.Floor((low / step) + 1e-9);
        double last = Math.Ceiling((high / step) - 1e-9);
        if (!axis.IsTight)
        {
            low = axis.Min is null ? first * step : low;
            high = axis.Max is null ? last * step : high;
        }

        var ticks = new List<AxisTick>();
        for (double k = first; k <= last && ticks.Count < 100; k++)
        {
            double value = k * step;
            if (value >= low - (step * 1e-9) && value <= high + (step * 1e-9))
            {
                ticks.Add(new(value, axis.IsFraction ? Percent(value, step) : Label(value, step)));
            }
        }

        return ticks;
    }

    /// <summary>Chooses powers of ten; where the range has fewer than two of them, also 2 and 5 times them, or linear ticks.</summary>
    public static IReadOnlyList<AxisTick> Logarithmic(ref double low, ref double high, int count, ChartAxis axis)
    {
        int first = (int)Math.Floor(Math.Log10(low) + 1e-9);
        int last = (int)Math.Ceiling(Math.Log10(high) - 1e-9);
        double decades = Math.Log10(high) - Math.Log10(low);
        if (decades < 0.7)
        {
            (double from, double to) = (low, high);
            return Linear(ref from, ref to, count, axis with { IsTight = true });
        }

        double[] factors = decades < 2.5 ? [1, 2, 5] : [1];
        int stride = Math.Max(1, (int)Math.Ceiling((last - first + 1) / (double)Math.Max(2, count)));
        var ticks = new List<AxisTick>();
        for (int decade = first; decade <= last; decade += stride)
        {
            foreach (double factor in factors)
            {
                // Parsed, not computed: a power of ten is then the double that its text names.
                double value = double.Parse(string.Create(CultureInfo.InvariantCulture, $"{factor}e{decade}"), CultureInfo.InvariantCulture);
                if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9))
                {
                    ticks.Add(new(value, axis.IsFraction ? Percent(value, value) : Label(value)));
                }
            }
        }

        return ticks;
    }

    /// <summary>Formats a value by itself, with at most four significant digits.</summary>
    public static string Label(double value) => Math.Abs(value) switch
    {
        0 => "0",
        _ when !double.IsFinite(value) => value.ToString(CultureInfo.InvariantCulture),
        < 1e-4 or >= 1e7 => value.ToString("0.###e0", CultureInfo.InvariantCulture),
        >= 1000 => value.ToString("#,0", CultureInfo.InvariantCulture),
        >= 100 => value.ToString("0.#", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.##", CultureInfo.InvariantCulture),
        >= 1 => value.ToString("0.###", CultureInfo.InvariantCulture),
        _ => value.ToString("0.#######", CultureInfo.InvariantCulture),
    };

    private static string Label(double value, double step)
    {
        double size = Math.Max(Math.Abs(value), step);
        if (Math.Abs(value) < step * 1e-6)
        {
            return "0";
        }

        if (size >= 1e7 || step < 1e-4)
        {
            return value.ToString("0.####e0", CultureInfo.InvariantCulture);
        }

        return value.ToString("#,0." + new string('0', Decimals(step)), CultureInfo.InvariantCulture);
    }

    private static string Percent(double value, double step)
        => (value * 100).ToString("0." + new string('0', Decimals(step * 100)), CultureInfo.InvariantCulture) + " %";

    private static int Decimals(double step) => Math.Clamp((int)-Math.Floor(Math.Log10(step) + 1e-9), 0, 12);

    private static double Step(double rough)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double factor = rough / power;
        return power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
    }
}
