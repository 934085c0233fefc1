using System.Diagnostics;
using Regimen.Bench.Measuring;
using Regimen.Bench.Workers;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Reproducibility;
using Regimen.Transforms;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Bench.Sections;

/// <summary>The cost of a shuffled batch from memory, gathered and normalised on the calling thread, against TorchSharp's alternatives and
/// against a plain copy of as many bytes.</summary>
internal static class LoaderSection
{
    private const int StockPairs = 7;

    public static void Run(Report report)
    {
        // One thread on both sides, as in the default run.
        Threads.Use(1);
        int pairs = report.Arguments.Pairs ?? 21;
        DataSplits mnist = BenchData.Mnist60000;
        ImageDataset colour = Colour();
        Compare(report, "64 × 784 of bytes", mnist.Train, mnist.TrainTransforms, 64, pairs);
        Compare(report, "64 × 784 of floats", Floats(mnist.Train), [], 64, pairs);
        Compare(report, "64 × 3×32×32 of bytes", colour, [new Normalize([0.5, 0.4, 0.3], [0.2, 0.3, 0.2])], 64, pairs);
        Compare(report, "512 × 784 of bytes", mnist.Train, mnist.TrainTransforms, 512, pairs);
    }

    private static void Compare(Report report, string work, IDataset data, IReadOnlyList<ITransform> transforms, int batchSize, int pairs)
    {
        using DataLoader ours = DataLoader.ForTraining(data, new LoaderOptions { BatchSize = batchSize, Workers = 0 }, transforms);
        (Tensor inputs, Tensor targets) = Tensors(data, transforms);
        using (inputs)
        using (targets)
        using (var dataset = utils.data.TensorDataset(inputs, targets))
        using (var stock = utils.data.DataLoader(dataset, batchSize, shuffle: true, device: CPU))
        {
            int epoch = 0;
            report.Add(Comparison.Measure(work, "index_select of floats", "µs/batch", 0.6, pairs, Ours, () => IndexSelect(inputs, targets, batchSize)));
            report.Add(Comparison.Measure(work, "a plain copy of as many floats", "µs/batch", null, pairs, Ours, () => PlainCopy(inputs, batchSize)));
            report.Add(Comparison.Measure(work, "TorchSharp's DataLoader", "µs/batch", 0.07, Math.Min(pairs, StockPairs), Ours, () => Stock(stock)));

            double Ours()
            {
                int batches = 0;
                long start = Stopwatch.GetTimestamp();
                foreach (Batch _ in ours.Epoch(42, ++epoch))
                {
                    batches++;
                }

                return Stopwatch.GetElapsedTime(start).TotalMicroseconds / batches;
            }
        }
    }

    private static double IndexSelect(Tensor inputs, Tensor targets, int batchSize)
    {
        int batches = 0;
        long start = Stopwatch.GetTimestamp();
        long count = inputs.shape[0];
        using Tensor order = randperm(count);
        for (long first = 0; first < count; first += batchSize)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor rows = order.narrow(0, first, Math.Min(batchSize, count - first));
            inputs.index_select(0, rows);
            targets.index_select(0, rows);
            batches++;
        }

        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / batches;
    }

    /// <summary>Copies one batch after the other sequentially to the same buffer.</summary>
    private static double PlainCopy(Tensor inputs, int batchSize)
    {
        int size = batchSize * (int)inputs.shape.Skip(1).Aggregate(1L, (a, b) => a * b);
        int batches = (int)inputs.shape[0] / batchSize;
        var to = new float[size];
        long start = Stopwatch.GetTimestamp();
        for (int batch = 0; batch < batches; batch++)
        {
            TensorMemory.Span<float>(inputs).Slice(batch * size, size).CopyTo(to);
        }

        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / batches;
    }

    private static double Stock(IEnumerable<IList<Tensor>> loader)
    {
        int batches = 0;
        long start = Stopwatch.GetTimestamp();
        foreach (IList<Tensor> batch in loader)
        {
            foreach (Tensor tensor in batch)
            {
                tensor.Dispose();
            }

            batches++;
        }

        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / batches;
    }

    private static (Tensor Inputs, Tensor Targets) Tensors(IDataset data, IReadOnlyList<ITransform> transforms)
    {
        using DataLoader loader = DataLoader.ForEvaluation(data, new LoaderOptions { EvalBatchSize = data.Count, Workers = 0 }, transforms);
        Batch whole = loader.Epoch(0, 0).First();
        return (whole.Input.clone(), whole.Target.clone());
    }

    private static ArrayDataset Floats(IDataset data)
    {
        (Tensor inputs, Tensor targets) = Tensors(data, []);
        using (inputs)
        using (targets)
        {
            return ArrayDataset.ForClassification(
                TensorMemory.Span<float>(inputs).ToArray(), [.. data.Labels!], data.SampleShape, data.Classes);
        }
    }

    /// <summary>Creates random images of the size of CIFAR-10's training set.</summary>
    private static ImageDataset Colour()
    {
        var shape = new SampleShape(3, 32, 32);
        var pixels = new byte[50_000 * shape.Elements];
        RandomStream random = RandomStream.For(1, RandomPurpose.Split);
        for (int i = 0; i < pixels.Length; i += sizeof(ulong))
        {
            BitConverter.TryWriteBytes(pixels.AsSpan(i), random.NextUInt64());
        }

        return new ImageDataset(pixels, [.. Enumerable.Range(0, 50_000).Select(i => i % 10)], shape, [.. Enumerable.Range(0, 10).Select(i => $"{i}")]);
    }
}
