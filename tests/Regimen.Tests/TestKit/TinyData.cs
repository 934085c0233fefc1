using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Tests.TestKit;

/// <summary>Creates small data sets with a known relation between inputs and targets.</summary>
internal static class TinyData
{
    /// <summary>Returns points in <paramref name="features"/> dimensions around one centre per class, which any reasonable model learns.</summary>
    public static ArrayDataset Clusters(int count = 200, int features = 4, int classes = 3, ulong seed = 7)
    {
        RandomStream random = RandomStream.For(seed, RandomPurpose.Split);
        var inputs = new float[count * features];
        var labels = new int[count];
        for (int i = 0; i < count; i++)
        {
            labels[i] = i % classes;
            for (int f = 0; f < features; f++)
            {
                double centre = f % classes == labels[i] ? 2 : 0;
                inputs[(i * features) + f] = (float)(centre + random.NextDouble() - 0.5);
            }
        }

        return ArrayDataset.ForClassification(inputs, labels, new SampleShape(features), Names(classes));
    }

    /// <summary>Returns images whose bytes depend on the image and the position.</summary>
    public static ImageDataset Images(int count, SampleShape shape, int classes = 10)
    {
        var pixels = new byte[count * shape.Elements];
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)((i * 31) + (i / shape.Elements));
        }

        return new ImageDataset(pixels, [.. Enumerable.Range(0, count).Select(i => i % classes)], shape, Names(classes));
    }

    /// <summary>Returns a data set whose only value is the sample's own index.</summary>
    public static ArrayDataset Numbered(int count)
        => ArrayDataset.ForRegression([.. Enumerable.Range(0, count).Select(i => (float)i)], new float[count], new SampleShape(1), SampleShape.Scalar);

    private static string[] Names(int classes) => [.. Enumerable.Range(0, classes).Select(c => $"class {c}")];
}
