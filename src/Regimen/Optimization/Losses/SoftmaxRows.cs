using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Losses of the softmax of rows of logits, with class weights and rows that are left out, and the same bits on every processor. Exponentials
/// and their sum are those of <see cref="PortableExponentials"/>; losses are added in double precision, row after row.</summary>
internal static unsafe class SoftmaxRows
{
    /// <summary>Whether the targets are valid: class indices <c>[rows]</c>, or probabilities <c>[rows, classes]</c>. Everything else is left to libtorch,
    /// which refuses it.</summary>
    /// <param name="logits">The logits <c>[rows, classes]</c>.</param>
    /// <param name="target">The targets.</param>
    /// <param name="leftOut">The index of rows that are left out; null for none.</param>
    public static bool CanRun(Tensor logits, Tensor target, long? leftOut)
    {
        if (logits.device_type != DeviceType.CPU || target.device_type != DeviceType.CPU || logits.dtype != ScalarType.Float32 || logits.dim() != 2
            || logits.numel() == 0 || target.dim() == 0 || target.size(0) != logits.size(0))
        {
            return false;
        }

        if (target.dim() != 1 || target.dtype != ScalarType.Int64)
        {
            return target.dim() == 2 && target.dtype == ScalarType.Float32 && target.size(1) == logits.size(1);
        }

        using Tensor flat = target.contiguous();
        foreach (long label in TensorMemory.Span<long>(flat))
        {
            if (label != leftOut && (ulong)label >= (ulong)logits.size(1))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Returns the weighted cross-entropy <c>Σ w·loss / divisor</c> and its gradient.</summary>
    /// <param name="logits">The logits, contiguous.</param>
    /// <param name="target">Targets that <see cref="CanRun"/> accepts.</param>
    /// <param name="smoothing">The fraction of the target's probability that is distributed over all classes.</param>
    /// <param name="weights">The weight of each class; null for 1.</param>
    /// <param name="leftOut">The index of rows that are left out; null for none.</param>
    /// <param name="divisor">The divisor; 0 for a loss of 0.</param>
    public static (double Loss, Tensor Gradient) CrossEntropy(Tensor logits, Tensor target, double smoothing, IReadOnlyList<double>? weights, long? leftOut, double divisor)
    {
        int classes = (int)logits.size(1);
        float[] weight = weights is null ? [.. Enumerable.Repeat(1f, classes)] : [.. weights.Select(w => (float)w)];
        float rest = (float)(1 - smoothing);
        float spread = (float)(smoothing / classes);
        float factor = divisor == 0 ? 0 : (float)(1 / divisor);
        float[] part = new float[classes];
        double total = 0;
        Tensor gradient = Run(logits, target, leftOut, (z, to, label, probabilities) =>
        {
            (float highest, float sum) = PortableExponentials.Of(z, to, classes);
            double normalizer = highest + PortableMath.Log(sum);
            float mass = 0;
            double loss = 0;
            for (int c = 0; c < classes; c++)
            {
                // The target of an index: its own weight for what is not distributed, and each class's for what is.
                float own = probabilities is null ? (c == label ? rest : 0) : probabilities[c] * rest;
                part[c] = (own + spread) * weight[c];
                mass += part[c];
                loss += part[c] * (normalizer - z[c]);
            }

            total += loss;
            for (int c = 0; c < classes; c++)
            {
                to[c] = ((to[c] / sum * mass) - part[c]) * factor;
            }
        });
        return (divisor == 0 ? 0 : total / divisor, gradient);
    }

    /// <summary>Returns the focal loss <c>Σ −α·(1−p)^γ·log p / divisor</c> and its gradient.</summary>
    /// <param name="logits">The logits, contiguous.</param>
    /// <param name="target">Targets that <see cref="CanRun"/> accepts.</param>
    /// <param name="gamma">γ.</param>
    /// <param name="alpha">The weight α of each class; null for 1.</param>
    /// <param name="leftOut">The index of rows that are left out; null for none.</param>
    /// <param name="divisor">The divisor.</param>
    public static (double Loss, Tensor Gradient) Focal(Tensor logits, Tensor target, double gamma, IReadOnlyList<double>? alpha, long? leftOut, double divisor)
    {
        int classes = (int)logits.size(1);
        double total = 0;
        double[] slopes = new double[classes];
        Tensor gradient = Run(logits, target, leftOut, (z, to, label, probabilities) =>
        {
            float highest = PortableExponentials.Of(z, to, classes).Highest;
            double sum = 0;
            for (int c = 0; c < classes; c++)
            {
                sum += to[c];
            }

            double normalizer = highest + PortableMath.Log(sum);
            double slope = 0;
            Array.Clear(slopes);
            for (int c = 0; c < classes; c++)
            {
                double share = (probabilities is null ? (c == label ? 1 : 0) : probabilities[c]) * (double)(float)(alpha?[c] ?? 1);
                if (share == 0)
                {
                    continue;
                }

                (double log, double p, double others) = (z[c] - normalizer, to[c] / sum, (sum - to[c]) / sum);
                double power = PortableFunctions.Power(others, gamma);
                total -= share * power * log;
                double less = gamma == 0 ? 0 : gamma * PortableFunctions.Power(others, gamma - 1) * p * log;
                slopes[c] = share * (less - power);
                slope += slopes[c];
            }

            for (int c = 0; c < classes; c++)
            {
                to[c] = (float)((slopes[c] - (to[c] / sum * slope)) / divisor);
            }
        });
        return (total / divisor, gradient);
    }

    private delegate void Row(float* logits, float* gradient, int label, float* probabilities);

    /// <summary>Calls a function for each row that counts, and sets the gradients of others to 0.</summary>
    private static Tensor Run(Tensor logits, Tensor target, long? leftOut, Row row)
    {
        using Tensor flat = target.contiguous();
        Tensor gradient = zeros_like(logits);
        (long rows, long classes) = (logits.size(0), logits.size(1));
        float* from = TensorMemory.Pointer<float>(logits);
        float* to = TensorMemory.Pointer<float>(gradient);
        bool isIndex = flat.dim() == 1;
        long* labels = isIndex ? TensorMemory.Pointer<long>(flat) : null;
        float* parts = isIndex ? null : TensorMemory.Pointer<float>(flat);
        for (long i = 0; i < rows; i++)
        {
            if (!isIndex || labels[i] != leftOut)
            {
                row(from + (i * classes), to + (i * classes), isIndex ? (int)labels[i] : -1, isIndex ? null : parts + (i * classes));
            }
        }

        GC.KeepAlive(logits);
        return gradient;
    }
}
