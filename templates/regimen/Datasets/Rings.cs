using System.ComponentModel.DataAnnotations;
using Regimen.Datasets;
using Regimen.Reproducibility;

namespace TrainingNamespace1.Datasets;

/// <summary>Points on three rings around one centre.</summary>
public static class Rings
{
    /// <summary>The keys below <c>data</c>, with bounds, defaults and help.</summary>
    public sealed record Options
    {
        /// <summary>Points to draw for training and validation; for the test a quarter as many are drawn anew.</summary>
        [Range(10, 1_000_000)]
        public int Count { get; init; } = 2000;

        /// <summary>The largest distance of a point from its ring; the rings have the radii 1, 2 and 3.</summary>
        [Range(0.0, 1.0)]
        public double Noise { get; init; } = 0.2;
    }

    /// <summary>Points on three rings: which ring is a point on?</summary>
    [Dataset("rings")]
    public static DataSplits Load(Options options, DatasetContext context)
    {
        // The same points for every seed: only the split is drawn anew.
        ArrayDataset all = Draw(options, options.Count, seed: 1);
        ArrayDataset test = Draw(options, (options.Count + 3) / 4, seed: 2);
        (Subset train, Subset validation) = RandomSplit.HoldOut(all, 0.2, context.Seed);
        return new DataSplits { Train = train, Validation = validation, Test = test };
    }

    private static ArrayDataset Draw(Options options, int count, ulong seed)
    {
        RandomStream random = RandomStream.For(seed, RandomPurpose.Split);
        var points = new float[2 * count];
        var rings = new int[count];
        for (int i = 0; i < count; i++)
        {
            rings[i] = i % 3;
            double radius = 1 + rings[i] + (options.Noise * ((2 * random.NextDouble()) - 1));
            double angle = 2 * Math.PI * random.NextDouble();
            points[2 * i] = (float)(radius * Math.Cos(angle));
            points[(2 * i) + 1] = (float)(radius * Math.Sin(angle));
        }

        return ArrayDataset.ForClassification(points, rings, new SampleShape(2), ["inner", "middle", "outer"]);
    }
}
