using System.Globalization;
using Regimen.SweepFiles;

namespace Regimen.Sweeps;

/// <summary>The values of an axis as texts of a config.</summary>
internal static class SweepValues
{
    /// <summary>Returns every value of a choice or a range, in order.</summary>
    public static IReadOnlyList<string> Of(SweepAxis axis) => axis.Kind switch
    {
        SweepAxisKind.Choice => axis.Values,
        SweepAxisKind.Range => [.. Enumerable.Range(0, (int)((axis.High - axis.Low) / axis.Step) + 1).Select(i => Text(axis.Low + (i * axis.Step)))],
        _ => throw new ArgumentException("An interval has no list of values.", nameof(axis)),
    };

    /// <summary>Returns each value of a choice, and the lowest and the highest of the other kinds.</summary>
    public static IReadOnlyList<string> Ends(SweepAxis axis) => axis.Kind == SweepAxisKind.Choice ? axis.Values : [Text(axis.Low), Text(axis.High)];

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
