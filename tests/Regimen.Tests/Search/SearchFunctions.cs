using System.Globalization;
using Regimen.SweepFiles;

namespace Regimen.Tests.Search;

/// <summary>Functions with known minima, by which searches are compared. The same are in <c>optuna_reference.py</c>.</summary>
internal static class SearchFunctions
{
    /// <summary>The functions.</summary>
    public static IReadOnlyList<SearchFunction> All { get; } =
    [
        new("branin", [Interval("x", -5, 10), Interval("y", 0, 15)], 0.39788735772973816, v => Branin(Number(v[0]), Number(v[1]))),
        new("hartmann6", [.. Enumerable.Range(1, 6).Select(i => Interval($"x{i}", 0, 1))], -3.322368011391339, v => Hartmann([.. v.Select(Number)])),
        new("mixed", Mixed, 0, MixedAt),
    ];

    /// <summary>As the keys of a training: the best learning rate depends on the optimizer, and the best dropout on the number of layers.</summary>
    private static IReadOnlyList<SweepAxis> Mixed =>
    [
        new("optimizer", SweepAxisKind.Choice, ["sgd", "momentum", "adamw", "lion"], 0, 0, 0),
        new("lr", SweepAxisKind.LogInterval, [], 1e-5, 1, 0),
        new("layers", SweepAxisKind.Range, [], 1, 7, 2),
        new("hidden", SweepAxisKind.Choice, ["32", "64", "128", "256", "512"], 0, 0, 0),
        new("dropout", SweepAxisKind.Interval, [], 0, 0.6, 0),
        new("activation", SweepAxisKind.Choice, ["relu", "gelu", "tanh"], 0, 0, 0),
    ];

    private static double Branin(double x, double y)
    {
        double bend = y - (5.1 / (4 * Math.PI * Math.PI) * x * x) + (5 / Math.PI * x) - 6;
        return (bend * bend) + (10 * (1 - (1 / (8 * Math.PI))) * Math.Cos(x)) + 10;
    }

    private static double Hartmann(double[] x)
    {
        double[] alpha = [1.0, 1.2, 3.0, 3.2];
        double[][] a = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]];
        double[][] p =
        [
            [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
            [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
            [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
            [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
        ];
        return -Enumerable.Range(0, 4).Sum(i => alpha[i] * Math.Exp(-Enumerable.Range(0, 6).Sum(j => a[i][j] * (x[j] - p[i][j]) * (x[j] - p[i][j]))));
    }

    private static double MixedAt(IReadOnlyList<string> v)
    {
        (double loss, double exponent) = v[0] switch
        {
            "sgd" => (0.25, -0.5),
            "momentum" => (0.10, -1.5),
            "adamw" => (0.0, -3.0),
            _ => (0.05, -4.0),
        };
        double lr = Math.Log10(Number(v[1])) - exponent;
        double layers = Number(v[2]);
        double dropout = Number(v[4]) - (0.05 * layers);
        double hidden = v[3] switch { "32" => 0.3, "64" => 0.15, "128" => 0.05, "256" => 0.0, _ => 0.08 };
        double activation = v[5] switch { "relu" => 0.03, "gelu" => 0.0, _ => 0.12 };
        return loss + (0.3 * lr * lr) + (0.02 * (layers - 5) * (layers - 5)) + (2 * dropout * dropout) + hidden + activation;
    }

    private static SweepAxis Interval(string key, double low, double high) => new(key, SweepAxisKind.Interval, [], low, high, 0);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}

/// <summary>A function to minimise.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Space">Its arguments.</param>
/// <param name="Minimum">Its lowest value.</param>
/// <param name="At">Its value.</param>
internal sealed record SearchFunction(string Name, IReadOnlyList<SweepAxis> Space, double Minimum, Func<IReadOnlyList<string>, double> At);
