using Regimen.Reproducibility;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>Points around eight centres on a circle: a distribution of which a poor generator reaches only some.</summary>
internal static class Ring
{
    public const int Centres = 8;
    private const double Radius = 1;
    private const double Deviation = 0.05;

    /// <summary>The energy distance (Székely, Rizzo, 2004) between a batch and as many made points: 2·E|x−y| − E|x−x′| − E|y−y′|, 0 for equal
    /// distributions. The noise is the same in each call, so that epochs can be compared.</summary>
    public static Objective Distance { get; } = Objectives.From((model, batch) =>
    {
        Tensor made = ((nn.Module<Tensor, Tensor>)model).call(FixedNoise(batch.Count));
        Tensor real = batch.Input;
        return new ObjectiveResult(cdist(real, made).mean() + cdist(made, real).mean() - cdist(real, real).mean() - cdist(made, made).mean(), made);
    });

    public static IDataset Points(int count, ulong seed)
    {
        RandomStream random = RandomStream.For(seed, RandomPurpose.Split);
        var points = new float[2 * count];
        for (int i = 0; i < count; i++)
        {
            (double x, double y) = Centre(random.NextInt32(Centres));
            points[2 * i] = (float)(x + (Deviation * Normal(ref random)));
            points[(2 * i) + 1] = (float)(y + (Deviation * Normal(ref random)));
        }

        return ArrayDataset.ForRegression(points, new float[count], new SampleShape(2), SampleShape.Scalar); // the targets are not used
    }

    /// <summary>Makes points of fixed noise, and counts the centres that have at least a quarter of their share within four deviations, and
    /// the fraction of points that are within four deviations of a centre.</summary>
    public static (int Centres, double Near) Covered(Gan gan, int count)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        var centres = new float[Centres, 2];
        for (int c = 0; c < Centres; c++)
        {
            (centres[c, 0], centres[c, 1]) = ((float)Centre(c).X, (float)Centre(c).Y);
        }

        Tensor distances = cdist(gan.call(FixedNoise(count)), from_array(centres));
        using Scalar near = 4 * Deviation;
        long[] counts = [.. Enumerable.Range(0, Centres).Select(c => distances.select(1, c).lt(near).sum().ToInt64())];
        return (counts.Count(n => n >= count / (4.0 * Centres)), (double)counts.Sum() / count);
    }

    private static (double X, double Y) Centre(int index) => (Radius * Math.Cos(2 * Math.PI * index / Centres), Radius * Math.Sin(2 * Math.PI * index / Centres));

    private static Tensor FixedNoise(int count)
    {
        RandomStream random = RandomStream.For(7, RandomPurpose.Generation);
        var values = new float[count, Gan.Noise];
        for (int i = 0; i < values.Length; i++)
        {
            values[i / Gan.Noise, i % Gan.Noise] = (float)Normal(ref random);
        }

        return from_array(values);
    }

    /// <summary>A normally distributed number (Box and Muller, 1958).</summary>
    private static double Normal(ref RandomStream random)
        => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
