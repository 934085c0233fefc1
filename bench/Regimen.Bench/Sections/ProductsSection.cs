using System.Diagnostics;
using System.Runtime.InteropServices;
using Regimen.Bench.Measuring;
using Regimen.Bench.Workers;
using Regimen.Engine;
using Regimen.Kernels;

namespace Regimen.Bench.Sections;

/// <summary>The matrix products of linear layers on one thread: ours against libtorch's BLAS and against the core's peak, which is measured
/// immediately before each of our values. Runs in this process.</summary>
internal static class ProductsSection
{
    // Long enough to measure, short enough that a busy machine lets some through.
    private const double MicrosecondsPerMeasure = 4000;

    public static void Run(Report report)
    {
        NativeSettings.Apply();
        Threads.Use(1);
        foreach ((int batch, int outputs, int inputs) in new[]
        {
            (64, 128, 784), (64, 2048, 784), (512, 2048, 2048), (33, 10, 128), (100, 10, 128), (64, 128, 128), (16, 128, 784), (1, 128, 784), (5, 17, 31),
        })
        {
            var product = new Product(batch, outputs, inputs);
            foreach ((string form, Action ours, Action blas) in new (string, Action, Action)[]
            {
                ("forward", product.Forward, product.ForwardOfBlas),
                ("weight gradient", product.WeightGradient, product.WeightGradientOfBlas),
                ("input gradient", product.InputGradient, product.InputGradientOfBlas),
            })
            {
                string work = $"{form} {batch}x{outputs}x{inputs}";
                double flops = 2.0 * batch * outputs * inputs;
                int repeats = (int)Math.Clamp(MicrosecondsPerMeasure * 100_000 / flops, 1, 100_000);
                int pairs = report.Arguments.Pairs ?? 15;
                if (report.Wants(work, "BLAS of libtorch") && Sgemm.IsAvailable)
                {
                    report.Add(Comparison.Measure(work, "BLAS of libtorch", "µs", 1, pairs, () => Time(ours, repeats), () => Time(blas, repeats)));
                }

                if (report.Wants(work, "the core's peak") && PeakLoop.Measure() is not null)
                {
                    report.Add(Comparison.Measure(
                        work, "the core's peak", "µs", batch * outputs > 5000 ? 1 / 0.75 : null, pairs,
                        () => Time(ours, repeats), () => flops / PeakLoop.Measure()!.Value / 1000));
                }
            }
        }
    }

    private static double Time(Action work, int repeats)
    {
        work();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repeats; i++)
        {
            work();
        }

        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / repeats;
    }

    private sealed unsafe class Product(int batch, int outputs, int inputs)
    {
        private readonly float* _x = Values((long)batch * inputs);
        private readonly float* _w = Values((long)outputs * inputs);
        private readonly float* _bias = Values(outputs);
        private readonly float* _y = Values((long)batch * outputs);
        private readonly float* _g = Values((long)batch * outputs);
        private readonly float* _dw = Values((long)outputs * inputs);
        private readonly float* _dx = Values((long)batch * inputs);

        public void Forward() => LinearProducts.Forward(
            Matrix.At(_x, batch, inputs, inputs), Matrix.At(_w, outputs, inputs, inputs), new Span<float>(_bias, outputs), Matrix.At(_y, batch, outputs, outputs), rectifies: false);

        public void WeightGradient() => LinearProducts.AddWeightGradient(
            Matrix.At(_g, batch, outputs, outputs), Matrix.At(_x, batch, inputs, inputs), Matrix.At(_dw, outputs, inputs, inputs));

        public void InputGradient() => LinearProducts.InputGradient(
            Matrix.At(_g, batch, outputs, outputs), Matrix.At(_w, outputs, inputs, inputs), Matrix.At(_dx, batch, inputs, inputs));

        public void ForwardOfBlas()
        {
            for (int row = 0; row < batch; row++)
            {
                new Span<float>(_bias, outputs).CopyTo(new Span<float>(_y + ((long)row * outputs), outputs));
            }

            Sgemm.Multiply(new(_x, inputs), new(_w, inputs, isTransposed: true), new(_y, outputs), batch, outputs, inputs, 1);
        }

        public void WeightGradientOfBlas()
            => Sgemm.Multiply(new(_g, outputs, isTransposed: true), new(_x, inputs), new(_dw, inputs), outputs, inputs, batch, 1);

        public void InputGradientOfBlas() => Sgemm.Multiply(new(_g, outputs), new(_w, inputs), new(_dx, inputs), batch, inputs, outputs, 0);

        // Kept until the process ends.
        private static float* Values(long count)
        {
            float* values = (float*)NativeMemory.AlignedAlloc((nuint)(count * sizeof(float)), 64);
            for (long i = 0; i < count; i++)
            {
                values[i] = ((i * 7919 % 2001) - 1000) / 1000f;
            }

            return values;
        }
    }
}
