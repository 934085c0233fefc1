namespace Regimen.Data;

/// <summary>Scales numbers to 0…1 by the share of the training rows below them, linearly between quantiles. The result is uniform over the training
/// rows; numbers below the least or above the greatest are 0 and 1.</summary>
/// <remarks>As scikit-learn's QuantileTransformer: a number that several quantiles have is in the middle of their shares. Whether a number equals a
/// quantile depends on the last bit, so shares and quantiles are computed in the order of NumPy's linspace and percentile.</remarks>
internal static class QuantileScale
{
    /// <summary>The maximum number of quantiles.</summary>
    public const int MostQuantiles = 1000;

    /// <summary>Returns the quantiles of sorted numbers.</summary>
    public static double[] Fit(ReadOnlySpan<double> sorted)
    {
        var quantiles = new double[Math.Min(MostQuantiles, sorted.Length)];
        for (int i = 0; i < quantiles.Length; i++)
        {
            quantiles[i] = At(sorted, Share(i, quantiles.Length) * 100 / 100);
        }

        return quantiles;
    }

    /// <summary>Returns the number below which a share of sorted numbers lies, linearly between two of them.</summary>
    public static double At(ReadOnlySpan<double> sorted, double share)
    {
        double place = (sorted.Length - 1) * share;
        int below = Math.Min((int)place, sorted.Length - 1);
        double rest = place - below;
        double low = sorted[below];
        double high = sorted[Math.Min(below + 1, sorted.Length - 1)];
        return rest < 0.5 ? low + ((high - low) * rest) : high - ((high - low) * (1 - rest));
    }

    /// <summary>Scales a number.</summary>
    public static double Scale(double[] quantiles, double number)
    {
        if (number <= quantiles[0])
        {
            return 0;
        }

        if (number >= quantiles[^1])
        {
            return 1;
        }

        int above = Bound(quantiles, number, including: true);
        int from = Bound(quantiles, number, including: false);
        if (from < above)
        {
            return (Share(from, quantiles.Length) + Share(above - 1, quantiles.Length)) / 2;
        }

        double low = Share(above - 1, quantiles.Length);
        return low + ((Share(above, quantiles.Length) - low) * ((number - quantiles[above - 1]) / (quantiles[above] - quantiles[above - 1])));
    }

    private static double Share(int index, int count) => count == 1 ? 0 : index == count - 1 ? 1 : index * (1.0 / (count - 1));

    /// <summary>Returns the index of the first quantile above a number, or of the first that is not below it.</summary>
    private static int Bound(double[] quantiles, double number, bool including)
    {
        int low = 0;
        int high = quantiles.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (quantiles[middle] < number || (including && quantiles[middle] == number))
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
