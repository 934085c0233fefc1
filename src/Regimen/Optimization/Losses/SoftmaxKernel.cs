using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Softmax cross-entropy and its gradient in one pass, for float32 on the CPU. The gradient of a row's logits is
/// <c>softmax − target</c>. libtorch needs a dozen operations for it, and the overhead of each exceeds the cost of this kernel.</summary>
internal static unsafe class SoftmaxKernel
{
    /// <summary>Whether the kernel supports the arguments: logits <c>[batch, classes]</c> against valid class indices <c>[batch]</c>, or against probabilities
    /// <c>[batch, classes]</c>. Everything else is left to libtorch.</summary>
    public static bool CanRun(Tensor logits, Tensor target)
    {
        if (!IsFlat(logits, ScalarType.Float32) || logits.dim() != 2 || target.size(0) != logits.size(0))
        {
            return false;
        }

        return target.dim() == 1
            ? IsFlat(target, ScalarType.Int64) && AreClasses(TensorMemory.Span<long>(target), logits.size(1))
            : target.dim() == 2 && IsFlat(target, ScalarType.Float32) && target.size(1) == logits.size(1);

        static bool IsFlat(Tensor tensor, ScalarType type)
            => tensor.device_type == DeviceType.CPU && tensor.dtype == type && tensor.is_contiguous() && tensor.numel() > 0;
    }

    /// <summary>Computes the mean loss over the rows times <paramref name="weight"/>, and its gradient.</summary>
    /// <param name="logits">The model's output.</param>
    /// <param name="target">Targets that <see cref="CanRun"/> accepts.</param>
    /// <param name="smoothing">The fraction of the target's probability that is distributed over all classes.</param>
    /// <param name="weight">The factor of loss and gradient.</param>
    public static (float Loss, Tensor Gradient) Run(Tensor logits, Tensor target, double smoothing, double weight)
    {
        int rows = (int)logits.size(0);
        int classes = (int)logits.size(1);
        Tensor gradient = empty(rows, classes);
        float* from = TensorMemory.Pointer<float>(logits);
        float* to = TensorMemory.Pointer<float>(gradient);
        var row = new RowScale(classes, smoothing, (float)(weight / rows));
        double total = 0;
        if (target.dim() == 1)
        {
            long* labels = TensorMemory.Pointer<long>(target);
            for (int i = 0; i < rows; i++)
            {
                total += row.OfClass(from + ((long)i * classes), to + ((long)i * classes), (int)labels[i]);
            }
        }
        else
        {
            float* parts = TensorMemory.Pointer<float>(target);
            for (int i = 0; i < rows; i++)
            {
                long at = (long)i * classes;
                total += row.OfProbabilities(from + at, to + at, parts + at);
            }
        }

        return ((float)(total * weight / rows), gradient);
    }

    private static bool AreClasses(ReadOnlySpan<long> labels, long classes)
    {
        foreach (long label in labels)
        {
            if ((ulong)label >= (ulong)classes)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The parameters shared by all rows of a batch.</summary>
    private readonly struct RowScale(int classes, double smoothing, float weight)
    {
        private readonly float _spread = (float)(smoothing / classes);
        private readonly float _rest = (float)(1 - smoothing);

        /// <summary>Computes a row's loss against a class index, and writes its gradient.</summary>
        public double OfClass(float* logits, float* gradient, int label)
        {
            (float highest, float sum) = Exponentials(logits, gradient, classes);
            Scale(gradient, classes, weight / sum, _spread * weight);
            gradient[label] -= _rest * weight;
            double normalizer = highest + PortableFunctions.Log(sum);
            return (_rest * (normalizer - logits[label])) + (_spread == 0 ? 0 : _spread * ((normalizer * classes) - Sum(logits)));
        }

        /// <summary>Computes a row's loss against class probabilities, and writes its gradient.</summary>
        public double OfProbabilities(float* logits, float* gradient, float* target)
        {
            (float highest, float sum) = Exponentials(logits, gradient, classes);
            double normalizer = highest + PortableFunctions.Log(sum);
            float mass = 0;
            double loss = 0;
            for (int c = 0; c < classes; c++)
            {
                float part = (target[c] * _rest) + _spread;
                mass += part;
                loss += part * (normalizer - logits[c]);
            }

            for (int c = 0; c < classes; c++)
            {
                gradient[c] = ((gradient[c] / sum * mass) - ((target[c] * _rest) + _spread)) * weight;
            }

            return loss;
        }

        private double Sum(float* logits)
        {
            double sum = 0;
            for (int c = 0; c < classes; c++)
            {
                sum += logits[c];
            }

            return sum;
        }
    }

    /// <summary>Computes <c>e^(logit − highest)</c> of each logit, the highest logit, and the sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (float Highest, float Sum) Exponentials(float* logits, float* to, int classes)
    {
        if (Arithmetic.IsPortable)
        {
            return PortableExponentials.Of(logits, to, classes);
        }

        float highest = logits[0];
        for (int c = 1; c < classes; c++)
        {
            highest = MathF.Max(highest, logits[c]);
        }

        Vector256<float> shift = Vector256.Create(highest);
        Vector256<float> sums = Vector256<float>.Zero;
        int i = 0;
        for (; i + Vector256<float>.Count <= classes; i += Vector256<float>.Count)
        {
            Vector256<float> value = Vector256.Exp(Vector256.Load(logits + i) - shift);
            value.Store(to + i);
            sums += value;
        }

        float sum = Vector256.Sum(sums);
        for (; i < classes; i++)
        {
            to[i] = MathF.Exp(logits[i] - highest);
            sum += to[i];
        }

        return (highest, sum);
    }

    private static void Scale(float* values, int length, float factor, float minus)
    {
        for (int i = 0; i < length; i++)
        {
            values[i] = (values[i] * factor) - minus;
        }
    }
}
