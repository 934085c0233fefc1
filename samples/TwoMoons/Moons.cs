using Regimen.Reproducibility;

/// <summary>Two interleaved half circles with noise: a classification problem that is not linearly separable.</summary>
internal static class Moons
{
    public static (float[,] Points, int[] Moons) Draw(int count, ulong seed)
    {
        RandomStream random = RandomStream.For(seed, RandomPurpose.Split);
        var points = new float[count, 2];
        var moons = new int[count];
        for (int i = 0; i < count; i++)
        {
            int moon = i % 2;
            double angle = Math.PI * random.NextDouble();
            double x = moon == 0 ? Math.Cos(angle) : 1 - Math.Cos(angle);
            double y = moon == 0 ? Math.Sin(angle) : 0.5 - Math.Sin(angle);
            points[i, 0] = (float)(x + (0.2 * (random.NextDouble() - 0.5)));
            points[i, 1] = (float)(y + (0.2 * (random.NextDouble() - 0.5)));
            moons[i] = moon;
        }

        return (points, moons);
    }
}
