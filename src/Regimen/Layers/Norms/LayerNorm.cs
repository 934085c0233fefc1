using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Regimen.Engine;
using Regimen.Kernels;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Layer norm over the last dimension (Ba, Kiros, Hinton, 2016), with the parameter names and, up to rounding, the results of
/// <c>torch.nn.LayerNorm</c>, split among Regimen's threads.</summary>
public sealed class LayerNorm : nn.Module<Tensor, Tensor>, IPortable
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly Kernel _kernel;
    private readonly bool _isLibtorchs;

    /// <summary>Creates a layer with a weight of 1 and a bias of 0.</summary>
    /// <param name="width">The size of the last dimension, at least 1.</param>
    /// <param name="eps">Added to the variance.</param>
    public LayerNorm(int width, double eps = 1e-5)
        : this(width, eps, isLibtorchs: false)
    {
    }

    /// <summary>Creates a layer that libtorch computes with <see cref="Bits.Machine"/>, for models whose recorded runs have its bits.</summary>
    internal LayerNorm(int width, double eps, bool isLibtorchs)
        : base(nameof(LayerNorm))
    {
        _isLibtorchs = isLibtorchs;
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        weight = new Parameter(ones(width));
        bias = new Parameter(zeros(width));
        Eps = eps;
        _kernel = new Kernel(width, eps);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>The weight, <c>[width]</c>.</summary>
    internal Parameter Weight => weight;

    /// <summary>The bias, <c>[width]</c>.</summary>
    internal Parameter Bias => bias;

    /// <summary>The number added to the variance.</summary>
    internal double Eps { get; }

    /// <summary>Returns a tensor of the input's shape.</summary>
    /// <param name="input">Values <c>[…, width]</c>.</param>
    public override Tensor forward(Tensor input)
        => _isLibtorchs && !Arithmetic.IsPortable ? _kernel.Reference([input, weight, bias]) : FusedFunction.Run(_kernel, input, weight, bias);

    private sealed unsafe class Kernel(int width, double eps) : FusedOperation
    {
        private const long SmallestPart = 16_384;

        /// <summary>Keeps the mean and the reciprocal of the deviation of each row.</summary>
        public override (Tensor Output, Tensor? Kept) Forward(Tensor[] inputs, bool isTraining)
        {
            long rows = inputs[0].numel() / width;
            Tensor output = empty_like(inputs[0]);
            Tensor kept = empty(rows, 2);
            float* x = TensorMemory.Pointer<float>(inputs[0]);
            float* w = TensorMemory.Pointer<float>(inputs[1]);
            float* b = TensorMemory.Pointer<float>(inputs[2]);
            float* y = TensorMemory.Pointer<float>(output);
            float* moments = TensorMemory.Pointer<float>(kept);
            int parts = Parts(rows);
            Threads.Share(parts, part =>
            {
                (long start, long end) = WorkRange.Of(rows, part, parts, 1);
                for (long row = start; row < end; row++)
                {
                    if (Arithmetic.IsPortable)
                    {
                        LayerNormRows.Forward(x + (row * width), w, b, y + (row * width), width, eps, moments + (2 * row));
                        continue;
                    }

                    Normalize(x + (row * width), w, b, y + (row * width), moments + (2 * row));
                }
            });
            GC.KeepAlive(inputs);
            return (output, kept);
        }

        public override Tensor?[] Backward(Tensor[] inputs, Tensor? kept, Tensor gradient, bool[] wanted)
        {
            if (Arithmetic.IsPortable)
            {
                return LayerNormGradients.Of(inputs, kept!, gradient, width);
            }

            long rows = inputs[0].numel() / width;
            Tensor ofInput = empty_like(inputs[0]);
            int parts = Parts(rows);

            // Each part sums the gradients of weight and bias over its rows.
            Tensor sums = zeros(parts, 2, width);
            float* x = TensorMemory.Pointer<float>(inputs[0]);
            float* w = TensorMemory.Pointer<float>(inputs[1]);
            float* moments = TensorMemory.Pointer<float>(kept!);
            float* above = TensorMemory.Pointer<float>(gradient);
            float* to = TensorMemory.Pointer<float>(ofInput);
            float* own = TensorMemory.Pointer<float>(sums);
            Threads.Share(parts, part =>
            {
                (long start, long end) = WorkRange.Of(rows, part, parts, 1);
                float* ofWeight = own + (2L * part * width);
                for (long row = start; row < end; row++)
                {
                    Backward(x + (row * width), w, above + (row * width), moments + (2 * row), to + (row * width), ofWeight, ofWeight + width);
                }
            });
            GC.KeepAlive(inputs);
            GC.KeepAlive(kept);
            GC.KeepAlive(gradient);
            Tensor sum = sums.sum(dim: 0);
            return [ofInput, sum[0], sum[1]];
        }

        public override Tensor Reference(Tensor[] inputs) => nn.functional.layer_norm(inputs[0], [width], inputs[1], inputs[2], eps);

        private int Parts(long rows) => (int)Math.Clamp(Math.Min(rows * width / SmallestPart, rows), 1, Threads.Parts);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Normalize(float* x, float* w, float* b, float* y, float* moments)
        {
            float mean = Sum(x, width) / width;
            float spread = SumOfSquares(x, mean, width) / width;
            float scale = (float)(1 / Math.Sqrt(spread + eps));
            (moments[0], moments[1]) = (mean, scale);
            int i = 0;
            for (; i + Vector256<float>.Count <= width; i += Vector256<float>.Count)
            {
                (((Vector256.Load(x + i) - Vector256.Create(mean)) * scale * Vector256.Load(w + i)) + Vector256.Load(b + i)).Store(y + i);
            }

            for (; i < width; i++)
            {
                y[i] = ((x[i] - mean) * scale * w[i]) + b[i];
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Backward(float* x, float* w, float* above, float* moments, float* to, float* ofWeight, float* ofBias)
        {
            (float mean, float scale) = (moments[0], moments[1]);
            Vector256<float> sums = Vector256<float>.Zero;
            Vector256<float> products = Vector256<float>.Zero;
            int i = 0;
            for (; i + Vector256<float>.Count <= width; i += Vector256<float>.Count)
            {
                Vector256<float> normal = (Vector256.Load(x + i) - Vector256.Create(mean)) * scale;
                Vector256<float> gradient = Vector256.Load(above + i);
                (Vector256.Load(ofWeight + i) + (gradient * normal)).Store(ofWeight + i);
                (Vector256.Load(ofBias + i) + gradient).Store(ofBias + i);
                Vector256<float> weighted = gradient * Vector256.Load(w + i);
                sums += weighted;
                products += weighted * normal;
            }

            float sum = Vector256.Sum(sums);
            float product = Vector256.Sum(products);
            for (; i < width; i++)
            {
                float normal = (x[i] - mean) * scale;
                ofWeight[i] += above[i] * normal;
                ofBias[i] += above[i];
                sum += above[i] * w[i];
                product += above[i] * w[i] * normal;
            }

            (sum, product) = (sum / width, product / width);
            i = 0;
            for (; i + Vector256<float>.Count <= width; i += Vector256<float>.Count)
            {
                Vector256<float> normal = (Vector256.Load(x + i) - Vector256.Create(mean)) * scale;
                (((Vector256.Load(above + i) * Vector256.Load(w + i)) - Vector256.Create(sum) - (normal * product)) * scale).Store(to + i);
            }

            for (; i < width; i++)
            {
                to[i] = ((above[i] * w[i]) - sum - ((x[i] - mean) * scale * product)) * scale;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static float Sum(float* x, int length)
        {
            Vector256<float> sums = Vector256<float>.Zero;
            int i = 0;
            for (; i + Vector256<float>.Count <= length; i += Vector256<float>.Count)
            {
                sums += Vector256.Load(x + i);
            }

            float sum = Vector256.Sum(sums);
            for (; i < length; i++)
            {
                sum += x[i];
            }

            return sum;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static float SumOfSquares(float* x, float mean, int length)
        {
            Vector256<float> sums = Vector256<float>.Zero;
            int i = 0;
            for (; i + Vector256<float>.Count <= length; i += Vector256<float>.Count)
            {
                Vector256<float> difference = Vector256.Load(x + i) - Vector256.Create(mean);
                sums += difference * difference;
            }

            float sum = Vector256.Sum(sums);
            for (; i < length; i++)
            {
                sum += (x[i] - mean) * (x[i] - mean);
            }

            return sum;
        }
    }
}
