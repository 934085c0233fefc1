namespace Regimen.Reproducibility;

/// <summary>Numbers of other distributions, drawn from a stream. Portable draws have the same bits on every machine; others use the system's functions.</summary>
internal static class RandomStreamDistributions
{
    /// <summary>Draws from the beta distribution with two equal parameters, by two draws from the gamma distribution.</summary>
    public static double NextBeta(this ref RandomStream random, double alpha, bool isPortable = false)
    {
        double one = random.NextGamma(alpha, isPortable);
        double other = random.NextGamma(alpha, isPortable);
        return one + other > 0 ? one / (one + other) : 0.5;
    }

    /// <summary>Draws weights that sum to 1 from the Dirichlet distribution with equal parameters.</summary>
    public static void NextDirichlet(this ref RandomStream random, double alpha, Span<double> weights, bool isPortable = false)
    {
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = random.NextGamma(alpha, isPortable);
            sum += weights[i];
        }

        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = sum > 0 ? weights[i] / sum : 1.0 / weights.Length;
        }
    }

    /// <summary>Draws from the gamma distribution (Marsaglia, Tsang: "A Simple Method for Generating Gamma Variables", 2000). A shape below 1 uses a
    /// power of a uniform number.</summary>
    public static double NextGamma(this ref RandomStream random, double shape, bool isPortable = false)
    {
        if (shape < 1)
        {
            double grown = random.NextGamma(shape + 1, isPortable);
            return grown * (isPortable ? PortableMath.Exp(PortableMath.Log(1 - random.NextDouble()) / shape) : Math.Pow(1 - random.NextDouble(), 1 / shape));
        }

        double d = shape - (1.0 / 3);
        double c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double normal = random.NextNormal(isPortable);
            double root = 1 + (c * normal);
            double cube = isPortable ? root * root * root : Math.Pow(root, 3);
            if (cube > 0 && Log(1 - random.NextDouble(), isPortable) < (normal * normal / 2) + (d * (1 - cube + Log(cube, isPortable))))
            {
                return d * cube;
            }
        }
    }

    /// <summary>Draws from the normal distribution (Box, Muller: "A Note on the Generation of Random Normal Deviates", 1958).</summary>
    private static double NextNormal(this ref RandomStream random, bool isPortable)
    {
        double radius = Math.Sqrt(-2 * Log(1 - random.NextDouble(), isPortable));
        double angle = 2 * Math.PI * random.NextDouble();
        return radius * (isPortable ? PortableMath.Cos(angle) : Math.Cos(angle));
    }

    private static double Log(double x, bool isPortable) => isPortable ? PortableMath.Log(x) : Math.Log(x);
}
