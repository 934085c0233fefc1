using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Means of element losses. The sum has double precision and one order: 8 sums, each of every 8th element, added in pairs.</summary>
internal static unsafe class ElementLosses
{
    private static readonly int Lanes = Vector256<float>.Count;

    /// <summary>Returns the mean loss and its gradient.</summary>
    /// <param name="loss">The loss of an element.</param>
    /// <param name="output">The model's output, contiguous.</param>
    /// <param name="target">The targets, contiguous, of the same shape.</param>
    /// <param name="weights">The weights, contiguous, of the same shape; null for 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (double Loss, Tensor Gradient) Mean<TLoss>(TLoss loss, Tensor output, Tensor target, Tensor? weights)
        where TLoss : struct, IElementLoss
    {
        long length = output.numel();
        Tensor gradient = empty_like(output);
        float* x = TensorMemory.Pointer<float>(output);
        float* t = TensorMemory.Pointer<float>(target);
        float* w = weights is null ? null : TensorMemory.Pointer<float>(weights);
        float* to = TensorMemory.Pointer<float>(gradient);
        float factor = (float)(1.0 / length);
        Vector256<double> low = default, high = default;
        long i = 0;
        for (; i + Lanes <= length; i += Lanes)
        {
            (Vector256<float> value, Vector256<float> slope) = loss.At(Vector256.Load(x + i), Vector256.Load(t + i), w is null ? Vector256<float>.One : Vector256.Load(w + i));
            (slope * factor).Store(to + i);
            (Vector256<double> first, Vector256<double> second) = Vector256.Widen(value);
            low += first;
            high += second;
        }

        Vector256<float> rest = default;
        for (int lane = 0; i < length; i++, lane++)
        {
            (Vector256<float> value, Vector256<float> slope) = loss.At(Vector256.Create(x[i]), Vector256.Create(t[i]), w is null ? Vector256<float>.One : Vector256.Create(w[i]));
            to[i] = slope[0] * factor;
            rest = rest.WithElement(lane, value[0]);
        }

        (Vector256<double> restLow, Vector256<double> restHigh) = Vector256.Widen(rest);
        Vector256<double> sums = (low + restLow) + (high + restHigh);
        GC.KeepAlive(target);
        GC.KeepAlive(weights);
        return (((sums.GetElement(0) + sums.GetElement(2)) + (sums.GetElement(1) + sums.GetElement(3))) / length, gradient);
    }
}
