using Regimen.Bench.Measuring;
using Regimen.Data;
using Regimen.Reproducibility;
using Regimen.Transforms;

namespace Regimen.Bench.Sections;

/// <summary>What a transform costs per value of an image, on one thread, against a copy of the floats. Processor time, not time on a clock: a busy machine changes it less.</summary>
internal static class AugmentSection
{
    private static readonly ITransform[] Transforms =
    [
        new HorizontalFlip(), new RandomCrop(), new RandomAffine(), new RandomResizedCrop(), new ColorJitter(), new ColorJitter { Hue = 0 }, new GaussianBlur { P = 1 },
        new RandomSharpness { P = 1 }, new RandomSolarize { P = 1 }, new RandomEqualize { P = 1 }, new RandAugment(), new TrivialAugmentWide(), new AugMix(),
    ];

    public static void Run(Report report)
    {
        foreach (int side in new[] { 32, 224 })
        {
            foreach (ITransform transform in Transforms)
            {
                string work = $"3×{side}×{side} {transform.Describe()["name"]}{(transform is ColorJitter { Hue: 0 } ? " without hue" : string.Empty)}";
                if (report.Wants(work, "a copy"))
                {
                    Measure(report, work, transform, new SampleShape(3, side, side));
                }
            }
        }
    }

    private static void Measure(Report report, string work, ITransform transform, SampleShape shape)
    {
        float[] input = [.. Enumerable.Range(0, shape.Elements).Select(i => (i * 37 % 256) / 255f)];
        float[] output = new float[shape.Elements];
        int times = Math.Max(20, 3_000_000 / shape.Elements);
        report.Add(Comparison.Measure(work, "a copy of the floats", "ns/value", null, report.Arguments.Pairs ?? 5, Ours, Copy));

        double Ours() => Nanoseconds(i =>
        {
            RandomStream random = RandomStream.For(1, RandomPurpose.Augmentation, 1, i);
            transform.Apply(input, output, shape, ref random);
        });

        double Copy() => Nanoseconds(_ => input.CopyTo(output, 0));

        double Nanoseconds(Action<int> work)
        {
            TimeSpan before = Environment.CpuUsage.UserTime;
            for (int i = 0; i < times; i++)
            {
                work(i);
            }

            return (Environment.CpuUsage.UserTime - before).TotalNanoseconds / ((double)times * shape.Elements);
        }
    }
}
