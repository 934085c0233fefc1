using System.Globalization;
using Regimen.Curves;

namespace Regimen.Dashboard;

/// <summary>What a page of curves shows: the state in its address.</summary>
internal sealed record CurveView
{
    public const string Runs = "run";
    public const string Metric = "metric";
    public const string X = "x";
    public const string Smooth = "smooth";
    public const string LogX = "logx";
    public const string LogY = "logy";
    public const string Group = "group";
    public const string From = "from";
    public const string To = "to";
    public const string Width = "width";

    /// <summary>The greatest weight of the smoothing.</summary>
    public const double Smoothest = 0.999;

    private const int Widest = 8192;

    /// <summary>The names of the runs.</summary>
    public required IReadOnlyList<string> RunIds { get; init; }

    /// <summary>The names of the series, as <c>val.loss</c>.</summary>
    public required IReadOnlyList<string> Metrics { get; init; }

    /// <summary>The horizontal axis.</summary>
    public required CurveAxis Axis { get; init; }

    /// <summary>The weight of the smoothing, from 0 to below 1.</summary>
    public required double Smoothing { get; init; }

    /// <summary>Whether runs that differ in their seed alone are shown as mean and deviation.</summary>
    public required bool BySeed { get; init; }

    /// <summary>The left edge; null for the first point.</summary>
    public required double? Left { get; init; }

    /// <summary>The right edge; null for the last point.</summary>
    public required double? Right { get; init; }

    /// <summary>The width of the drawing in pixels.</summary>
    public required int Pixels { get; init; }

    /// <summary>Reads the state of an address. A value that is not one of its kind is left out: an old link still shows its runs.</summary>
    public static CurveView Of(Query query) => new()
    {
        RunIds = [.. query.All(Runs).Distinct()],
        Metrics = [.. query.All(Metric).Distinct()],
        Axis = query[X] switch { "epoch" => CurveAxis.Epoch, "time" => CurveAxis.Seconds, _ => CurveAxis.Step },
        Smoothing = Math.Clamp(Number(query[Smooth]) ?? 0, 0, Smoothest),
        BySeed = query[Group] == "seed",
        Left = Number(query[From]),
        Right = Number(query[To]),
        Pixels = (int)Math.Clamp(Number(query[Width]) ?? 800, 16, Widest),
    };

    private static double? Number(string? text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;
}
