using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Reproducibility;

namespace OwnModel.Datasets;

public static class Spiral
{
    public sealed record Options
    {
        /// <summary>Points to draw for training and validation; for the test a quarter as many are drawn anew.</summary>
        [Range(10, 1_000_000)]
        public int Count { get; init; } = 2000;

        /// <summary>The number of turns of an arm.</summary>
        [Range(0.1, 10.0)]
        public double Turns { get; init; } = 1.25;

        /// <summary>The largest offset of a point from its arm in each coordinate, for a radius of 1.</summary>
        [Range(0.0, 1.0)]
        public double Noise { get; init; } = 0.02;
    }

    /// <summary>Points on two arms of a spiral: which arm is a point on?</summary>
    [Dataset("spiral")]
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
        var arms = new int[count];
        for (int i = 0; i < count; i++)
        {
            arms[i] = i % 2;
            double radius = Math.Sqrt(random.NextDouble());
            double angle = (2 * Math.PI * options.Turns * radius) + (Math.PI * arms[i]);
            points[2 * i] = (float)((radius * Math.Cos(angle)) + Off());
            points[(2 * i) + 1] = (float)((radius * Math.Sin(angle)) + Off());
        }

        return ArrayDataset.ForClassification(points, arms, new SampleShape(2), ["first", "second"]);

        double Off() => options.Noise * ((2 * random.NextDouble()) - 1);
    }
}
