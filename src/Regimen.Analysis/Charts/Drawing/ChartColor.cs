namespace Regimen.Charts;

/// <summary>A colour by its purpose. It has one value on light paper, one on dark paper, and a name by which a page can change both.</summary>
/// <param name="Name">The name: the CSS variable is <c>--chart-NAME</c>.</param>
/// <param name="Light">The value on light paper, as <c>#rrggbb</c>.</param>
/// <param name="Dark">The value on dark paper.</param>
internal sealed record ChartColor(string Name, string Light, string Dark)
{
    /// <summary>The number of colours for series.</summary>
    public const int SeriesCount = 8;

    /// <summary>The number of colours between the worst and the best value.</summary>
    public const int ValueCount = 9;

    /// <summary>The background.</summary>
    public static ChartColor Paper { get; } = new("paper", "#ffffff", "#15181d");

    /// <summary>Titles and marks.</summary>
    public static ChartColor Ink { get; } = new("ink", "#1c2024", "#e8eaed");

    /// <summary>Labels of axes.</summary>
    public static ChartColor Muted { get; } = new("muted", "#59636e", "#a3adb8");

    /// <summary>Lines of a grid.</summary>
    public static ChartColor Grid { get; } = new("grid", "#e3e7eb", "#2c3239");

    /// <summary>What is right.</summary>
    public static ChartColor Good { get; } = new("good", "#0b62b8", "#6cb2ff");

    /// <summary>What is wrong.</summary>
    public static ChartColor Bad { get; } = new("bad", "#bf4e00", "#ff9d5c");

    /// <summary>The colours of series, in their order. Neighbours differ in brightness as well as in hue, so that they are told apart with any kind of
    /// colour blindness; each has a contrast of at least 3 to the paper.</summary>
    public static IReadOnlyList<ChartColor> Series { get; } =
    [
        new("1", "#0b62b8", "#6cb2ff"),
        new("2", "#d1600a", "#ff9d5c"),
        new("3", "#00806a", "#3fd0b0"),
        new("4", "#a8327d", "#f29bd2"),
        new("5", "#4d4d9f", "#b3b2ff"),
        new("6", "#8a6d00", "#e6cf57"),
        new("7", "#59636e", "#b4bcc6"),
        new("8", "#b3261e", "#ff8f87"),
    ];

    /// <summary>The colours of a value, from the worst to the best: ochre through grey to blue, in growing contrast to the paper.</summary>
    public static IReadOnlyList<ChartColor> Values { get; } =
    [
        .. Enumerable.Range(0, ValueCount).Select(i => new ChartColor(
            $"v{i}", Between("#c99a2e", "#8d8f94", "#0a3f8f", i), Between("#7d6a35", "#8b929b", "#8cc8ff", i))),
    ];

    /// <summary>All colours.</summary>
    public static IReadOnlyList<ChartColor> All { get; } = [Paper, Ink, Muted, Grid, Good, Bad, .. Series, .. Values];

    /// <summary>The colour of a series by its number, from 0; after the last one they begin again.</summary>
    public static ChartColor OfSeries(int number) => Series[number % SeriesCount];

    /// <summary>The colour of a value.</summary>
    /// <param name="part">Where it lies between the worst (0) and the best (1).</param>
    public static ChartColor OfValue(double part)
        => double.IsFinite(part) ? Values[Math.Clamp((int)Math.Round(part * (ValueCount - 1)), 0, ValueCount - 1)] : Muted;

    private static string Between(string low, string middle, string high, int number)
    {
        double part = number / (ValueCount - 1.0) * 2;
        (string from, string to, double share) = part <= 1 ? (low, middle, part) : (middle, high, part - 1);
        return "#" + string.Concat(new[] { 1, 3, 5 }.Select(at =>
        {
            int a = Convert.ToInt32(from.Substring(at, 2), 16);
            int b = Convert.ToInt32(to.Substring(at, 2), 16);
            return ((int)Math.Round(a + ((b - a) * share))).ToString("x2", System.Globalization.CultureInfo.InvariantCulture);
        }));
    }
}
