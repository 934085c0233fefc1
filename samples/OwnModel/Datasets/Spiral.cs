using System.ComponentModel.DataAnnotations;
using Regimen.Catalog;
using Regimen.Data;
using Regimen.Reproducibility;

namespace OwnModel.Datasets;

public static class Circles
{
    public sealed record Options
    {
        /// <summary>Points to draw.</summary>
        [Range(10, 1_000_000)]
        public int Count { get; init; } = 1000;
    }

    /// <summary>Points inside and outside of a circle.</summary>
    [Dataset("circles")]
    public static DataSplits Load(Options options, DatasetContext context)
    {
        // The same points for every seed: only the split is drawn anew.
        ArrayDataset all = Draw(options.Count, seed: 1);
        ArrayDataset test = Draw(options.Count / 4, seed: 2);
        (Subset train, Subset validation) = RandomSplit.HoldOut(all, 0.2, context.Seed);
        return new DataSplits { Train = train, Validation = validation, Test = test };
    }

    private static ArrayDataset Draw(int count, ulong seed)
    {
        RandomStream random = RandomStream.For(seed, RandomPurpose.Split);
        var points = new float[2 * count];
        var labels = new int[count];
        for (int i = 0; i < count; i++)
        {
            double x = (2 * random.NextDouble()) - 1;
            double y = (2 * random.NextDouble()) - 1;
            (points[2 * i], points[(2 * i) + 1]) = ((float)x, (float)y);
            labels[i] = (x * x) + (y * y) < 0.5 ? 1 : 0;
        }

        return ArrayDataset.ForClassification(points, labels, new SampleShape(2), ["outside", "inside"]);
    }
}
