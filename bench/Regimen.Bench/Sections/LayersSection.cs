using System.Diagnostics;
using Regimen.Bench.Measuring;
using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Bench.Sections;

/// <summary>Forward and backward of linear layers with a ReLU between each two, with gradients accumulated in one buffer: Regimen's against
/// torch's, each with its own threading. Runs in this process, on one batch of 64 that stays in the cache.</summary>
internal static class LayersSection
{
    private const int Batch = 64;
    private const int Passes = 100;

    public static void Run(Report report)
    {
        NativeSettings.Apply();
        int cores = Environment.ProcessorCount;
        foreach (int threads in cores == 1 ? (int[])[1] : [1, 2])
        {
            foreach ((string name, long[] widths) in new (string, long[])[] { ("784-128-10", [784, 128, 10]), ("19 layers of 128", [.. Enumerable.Repeat(128L, 20)]) })
            {
                string work = $"{name} ({threads} threads)";
                const string against = "torch.nn.Linear, relu_";
                if (report.Wants(work, against))
                {
                    using var ours = new Net(new Layers.Perceptron(widths), widths, threads, SharedBy.Layers);
                    using var theirs = new Net(OfTorch(widths), widths, threads, SharedBy.Torch);
                    report.Add(Comparison.Measure(work, against, "µs", null, report.Arguments.Pairs ?? 21, ours.Measure, theirs.Measure));
                }

                if (report.Wants(work + " portable", "the machine's BLAS"))
                {
                    using var portable = new Net(new Layers.Perceptron(widths), widths, threads, SharedBy.Layers, Bits.Portable);
                    using var machine = new Net(new Layers.Perceptron(widths), widths, threads, SharedBy.Layers);
                    report.Add(Comparison.Measure(work + " portable", "the machine's BLAS", "µs", null, report.Arguments.Pairs ?? 21, portable.Measure, machine.Measure));
                }
            }

            foreach ((int inputs, int outputs, int size, int padding) in new[] { (1, 32, 28, 0), (32, 64, 26, 0), (64, 64, 32, 1) })
            {
                string work = $"conv {inputs}-{outputs} 3x3 on {size}x{size} ({threads} threads) portable";
                if (report.Wants(work, "torch's Conv2d"))
                {
                    using var net = new Convolution(inputs, outputs, size, padding, threads);
                    report.Add(Comparison.Measure(
                        work, "torch's Conv2d", "µs", null, report.Arguments.Pairs ?? 11, () => net.Measure(SharedBy.Layers, Bits.Portable), () => net.Measure(SharedBy.Torch, Bits.Machine)));
                }
            }
        }

        Threads.Use(1);
    }

    private static nn.Module<Tensor, Tensor> OfTorch(long[] widths)
    {
        var layers = new List<nn.Module<Tensor, Tensor>>();
        for (int i = 1; i < widths.Length; i++)
        {
            layers.Add(nn.Linear(widths[i - 1], widths[i]));
            if (i < widths.Length - 1)
            {
                layers.Add(nn.ReLU(inplace: true));
            }
        }

        return nn.Sequential(layers);
    }

    /// <summary>A convolution on a batch of images with the channels last. The gradient of single-channel images is not computed, as in a net whose first
    /// layer has them.</summary>
    private sealed class Convolution : IDisposable
    {
        private readonly Layers.Conv2d _layer;
        private readonly FlatParameters _parameters;
        private readonly Tensor _input;
        private readonly Tensor _gradient;
        private readonly int _threads;
        private readonly int _passes;

        public Convolution(int inputs, int outputs, int size, int padding, int threads)
        {
            _layer = new Layers.Conv2d(inputs, outputs, 3, padding: padding);
            _parameters = new FlatParameters(_layer);
            int side = size + (2 * padding) - 2;
            using Tensor images = ones(Batch, inputs, size, size);
            using Tensor gradient = ones(Batch, outputs, side, side);
            _input = MemoryLayout.ChannelsLast(images).requires_grad_(inputs > 1).DetachFromDisposeScope();
            _gradient = MemoryLayout.ChannelsLast(gradient).DetachFromDisposeScope();
            (_threads, _passes) = (threads, inputs == 1 ? 10 : 1);
        }

        /// <summary>Returns the microseconds per pass.</summary>
        public double Measure(SharedBy sharedBy, Bits bits)
        {
            Threads.Use(_threads, sharedBy);
            using IDisposable arithmetic = Arithmetic.Borrow(bits);
            Pass();
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < _passes; i++)
            {
                Pass();
            }

            return Stopwatch.GetElapsedTime(start).TotalMicroseconds / _passes;
        }

        public void Dispose()
        {
            _parameters.Dispose();
            _layer.Dispose();
            _input.Dispose();
            _gradient.Dispose();
        }

        private void Pass()
        {
            using DisposeScope scope = NewDisposeScope();
            using FlatParameters.GatheredGradients gathered = _parameters.Gather();
            _layer.call(_input).backward([_gradient]);
            _input.grad?.Dispose();
            _input.grad = null;
        }
    }

    private sealed class Net(nn.Module<Tensor, Tensor> model, long[] widths, int threads, SharedBy sharedBy, Bits bits = Bits.Machine) : IDisposable
    {
        private readonly FlatParameters _parameters = new(model);
        private readonly Tensor _input = ones(Batch, widths[0]).DetachFromDisposeScope();
        private readonly Tensor _gradient = ones(Batch, widths[^1]).DetachFromDisposeScope();

        /// <summary>Returns the microseconds per pass.</summary>
        public double Measure()
        {
            Threads.Use(threads, sharedBy);
            using IDisposable arithmetic = Arithmetic.Borrow(bits);
            Pass();
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Passes; i++)
            {
                Pass();
            }

            return Stopwatch.GetElapsedTime(start).TotalMicroseconds / Passes;
        }

        public void Dispose()
        {
            _parameters.Dispose();
            _input.Dispose();
            _gradient.Dispose();
            model.Dispose();
        }

        private void Pass()
        {
            using DisposeScope scope = NewDisposeScope();
            using FlatParameters.GatheredGradients gathered = _parameters.Gather();
            model.call(_input).backward([_gradient]);
        }
    }
}
