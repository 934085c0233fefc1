namespace Regimen.Reproducibility;

/// <summary>Numbers of other distributions, drawn from a stream.</summary>
internal static class RandomStreamDistributions
{
    /// <summary>Draws from the beta distribution with two equal parameters, by two draws from the gamma distribution.</summary>
    public static double NextBeta(this ref RandomStream random, double alpha)
    {
        double one = random.NextGamma(alpha);
        double other = random.NextGamma(alpha);
        return one + other > 0 ? one / (one + other) : 0.5;
    }

    /// <summary>Draws weights that sum to 1 from the Dirichlet distribution with equal parameters.</summary>
    public static void NextDirichlet(this ref RandomStream random, double alpha, Span<double> weights)
    {
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = random.NextGamma(alpha);
            sum += weights[i];
        }

        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = sum > 0 ? weights[i] / sum : 1.0 / weights.Length;
        }
    }

    /// <summary>Draws from the gamma distribution (Marsaglia, Tsang: "A Simple Method for Generating Gamma Variables", 2000). A shape below 1 uses a
    /// power of a uniform number.</summary>
    public static double NextGamma(this ref RandomStream random, double shape)
    {
        if (shape < 1)
        {
            double grown = random.NextGamma(shape + 1);
            return grown * Math.Pow(1 - random.NextDouble(), 1 / shape);
        }

        double d = shape - (1.0 / 3);
        double c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double normal = random.NextNormal();
            double cube = Math.Pow(1 + (c * normal), 3);
            if (cube > 0 && Math.Log(1 - random.NextDouble()) < (normal * normal / 2) + (d * (1 - cube + Math.Log(cube))))
            {
                return d * cube;
            }
        }
    }

    /// <summary>Draws from the normal distribution (Box, Muller: "A Note on the Generation of Random Normal Deviates", 1958).</summary>
    private static double NextNormal(this ref RandomStream random)
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
        return radius * Math.Cos(2 * Math.PI * random.NextDouble());
    }
}
