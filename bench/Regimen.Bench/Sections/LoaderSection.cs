using System.Diagnostics;
using Regimen.Bench.Measuring;
using Regimen.Bench.Workers;
using Regimen.Data;
using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Bench.Sections;

/// <summary>What a batch of 64 × 784 from memory costs: gathered and normalised on the calling thread, against what TorchSharp offers.</summary>
internal static class LoaderSection
{
    public static void Run(Report report)
    {
        // One thread on both sides: the ready run trains with one.
        Threads.Use(1);
        DataSplits mnist = BenchData.Mnist60000;
        using DataLoader inline = DataLoader.ForTraining(mnist.Train, new LoaderOptions { Workers = 0 }, mnist.TrainTransforms);
        (Tensor inputs, Tensor targets) = BenchData.AsTensors();
        int epoch = 0;
        int pairs = report.Arguments.Pairs ?? 21;
        report.Add(Comparison.Measure("a batch of 64 × 784", "index_select of floats", "µs/batch", 0.6, pairs, Ours, IndexSelect));
        using var dataset = utils.data.TensorDataset(inputs, targets);
        using var loader = utils.data.DataLoader(dataset, 64, shuffle: true, device: CPU);
        report.Add(Comparison.Measure("a batch of 64 × 784", "TorchSharp's DataLoader", "µs/batch", 0.07, Math.Min(pairs, 7), Ours, Stock));

        double Ours()
        {
            int batches = 0;
            long start = Stopwatch.GetTimestamp();
            foreach (Batch _ in inline.Epoch(42, ++epoch))
            {
                batches++;
            }

            return Stopwatch.GetElapsedTime(start).TotalMicroseconds / batches;
        }

        double IndexSelect()
        {
            int batches = 0;
            long start = Stopwatch.GetTimestamp();
            using Tensor order = randperm(60_000);
            for (long first = 0; first < 60_000; first += 64)
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor rows = order.narrow(0, first, Math.Min(64, 60_000 - first));
                inputs.index_select(0, rows);
                targets.index_select(0, rows);
                batches++;
            }

            return Stopwatch.GetElapsedTime(start).TotalMicroseconds / batches;
        }

        double Stock()
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
    }
}
