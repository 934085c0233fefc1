namespace Regimen.Experiments;

/// <summary>Compares the distributions of two samples.</summary>
internal static class TwoSamples
{
    private const int MostTerms = 10_000;

    /// <summary>Returns the statistic of Kolmogorov and Smirnov: the largest distance between the distributions' cumulative shares, from 0 to 1.</summary>
    /// <param name="first">The values of the first sample; they are sorted.</param>
    /// <param name="second">The values of the second sample; they are sorted.</param>
    public static double KolmogorovSmirnov(Span<float> first, Span<float> second)
    {
        first.Sort();
        second.Sort();
        (int i, int j, double largest) = (0, 0, 0);
        while (i < first.Length && j < second.Length)
        {
            // All equal values count at once.
            float value = Math.Min(first[i], second[j]);
            while (i < first.Length && first[i] == value)
            {
                i++;
            }

            while (j < second.Length && second[j] == value)
            {
                j++;
            }

            largest = Math.Max(largest, Math.Abs(((double)i / first.Length) - ((double)j / second.Length)));
        }

        return largest;
    }

    /// <summary>Returns the value that the statistic of Kolmogorov and Smirnov exceeds with this probability if both samples have one distribution, for
    /// samples that are not small.</summary>
    public static double KolmogorovSmirnovBound(int first, int second, double probability)
        => Math.Sqrt(-Math.Log(probability / 2) / 2) * Math.Sqrt(((double)first + second) / ((double)first * second));

    /// <summary>Compares the counts of categories: the chi-square statistic, the probability of at least that value if both samples have one
    /// distribution, and Cramér's V (0: equal shares, 1: no category in common).</summary>
    public static (double Statistic, double Probability, double CramersV) ChiSquare(IReadOnlyList<long> first, IReadOnlyList<long> second)
    {
        double of1 = first.Sum();
        double of2 = second.Sum();
        double all = of1 + of2;
        int categories = 0;
        double statistic = 0;
        for (int c = 0; c < first.Count; c++)
        {
            double both = first[c] + second[c];
            if (both > 0)
            {
                categories++;
                double expected1 = both * of1 / all;
                double expected2 = both * of2 / all;
                statistic += (Square(first[c] - expected1) / expected1) + (Square(second[c] - expected2) / expected2);
            }
        }

        return categories < 2 || of1 == 0 || of2 == 0 ? (0, 1, 0) : (statistic, UpperGamma((categories - 1) / 2.0, statistic / 2), Math.Sqrt(statistic / all));
    }

    /// <summary>The regularised upper incomplete gamma function Q(a, x): a series below a + 1, else a continued fraction (Lentz).</summary>
    internal static double UpperGamma(double a, double x)
    {
        if (x <= 0)
        {
            return 1;
        }

        double scale = Math.Exp((a * Math.Log(x)) - x - LogGamma(a));
        if (x < a + 1)
        {
            double term = 1 / a;
            double sum = term;
            for (int n = 1; n < MostTerms && term > sum * 1e-16; n++)
            {
                term *= x / (a + n);
                sum += term;
            }

            return Math.Max(0, 1 - (sum * scale));
        }

        double b = x + 1 - a;
        double c = 1e300;
        double d = 1 / b;
        double fraction = d;
        for (int n = 1; n < MostTerms; n++)
        {
            double an = -n * (n - a);
            b += 2;
            d = 1 / ((an * d) + b);
            c = b + (an / c);
            fraction *= d * c;
            if (Math.Abs((d * c) - 1) < 1e-15)
            {
                break;
            }
        }

        return fraction * scale;
    }

    /// <summary>The logarithm of the gamma function of a number above 0: Stirling's series, after a shift to at least 10.</summary>
    private static double LogGamma(double x)
    {
        double shift = 0;
        while (x < 10)
        {
            shift += Math.Log(x);
            x++;
        }

        double inverse = 1 / (x * x);
        double series = (1 / 12.0) - (inverse * ((1 / 360.0) - (inverse * ((1 / 1260.0) - (inverse * ((1 / 1680.0) - (inverse / 1188.0)))))));
        return ((x - 0.5) * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI)) + (series / x) - shift;
    }

    private static double Square(double value) => value * value;
}
