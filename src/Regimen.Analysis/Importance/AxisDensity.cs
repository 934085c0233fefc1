using Regimen.SweepFiles;

namespace Regimen.Importance;

/// <summary>The density of one key's values, as the probabilities of its cells.</summary>
internal static class AxisDensity
{
    private const int MostCells = 50;

    /// <summary>Estimates the density from values. A uniform prior counts as one further value, so that no cell has the probability 0.</summary>
    /// <param name="scale">The key's scale.</param>
    /// <param name="values">The values, at least one.</param>
    /// <returns>The probability of each value of a choice and of a range of up to 50 values, of 50 equal parts of another axis.</returns>
    public static double[] Of(SearchScale scale, string[] values)
    {
        // A choice has all its values; there are few of them, because each one was typed.
        int cells = scale.IsOrdered ? (int)Math.Min(scale.Cells ?? MostCells, MostCells) : (int)scale.Cells!.Value;
        var density = new double[cells];
        Array.Fill(density, 1.0 / cells);
        if (scale.IsOrdered)
        {
            double[] positions = [.. values.Select(scale.PositionOf)];
            double width = Width(positions, cells);
            foreach (double position in positions)
            {
                AddNormal(density, position, width);
            }
        }
        else
        {
            foreach (string value in values)
            {
                density[scale.CellOf(value)]++;
            }
        }

        for (int cell = 0; cell < cells; cell++)
        {
            density[cell] /= values.Length + 1;
        }

        return density;
    }

    /// <summary>Adds the probabilities of a normal distribution that is truncated to the axis.</summary>
    private static void AddNormal(double[] density, double centre, double width)
    {
        var below = new double[density.Length + 1];
        for (int edge = 0; edge < below.Length; edge++)
        {
            below[edge] = PortableMath.Normal((((double)edge / density.Length) - centre) / width);
        }

        for (int cell = 0; cell < density.Length; cell++)
        {
            density[cell] += (below[cell + 1] - below[cell]) / (below[^1] - below[0]);
        }
    }

    /// <summary>Returns the bandwidth of Scott's rule, of the smaller of standard deviation and interquartile range, but not less than half a
    /// cell.</summary>
    private static double Width(double[] positions, int cells)
    {
        const double normalQuartiles = 1.349;
        double[] sorted = [.. positions.Order()];
        double mean = positions.Sum() / positions.Length;
        double variance = positions.Sum(p => (p - mean) * (p - mean)) / Math.Max(1, positions.Length - 1);
        double quartiles = Quantile(sorted, 0.75) - Quantile(sorted, 0.25);
        double spread = Math.Min(Math.Sqrt(variance), quartiles / normalQuartiles);
        return Math.Max(1.059 * spread * PortableMath.Exp(-PortableMath.Log(positions.Length) / 5), 0.5 / cells);
    }

    private static double Quantile(double[] sorted, double part)
    {
        double at = part * (sorted.Length - 1);
        int below = (int)at;
        return sorted[below] + ((at - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]));
    }
}
