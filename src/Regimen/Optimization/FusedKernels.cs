using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Whole optimizer steps in one pass over memory, for float32 on the CPU: the parameters change and the gradients are cleared
/// while both are in the cache.</summary>
/// <remarks>Every element is worked on alone, with products rounded before sums, so the result has the same bits at every vector
/// width and for every number of threads.</remarks>
internal static unsafe class FusedKernels
{
    // Below this a second thread costs more than it saves.
    private const long ParallelFrom = 1 << 19;

    public static bool CanRun(FlatParameters parameters)
        => parameters.Values.device_type == DeviceType.CPU && parameters.Values.dtype == ScalarType.Float32;

    /// <summary><c>g += wd·p; b = μ·b + g; p −= lr·(nesterov ? g + μ·b : b); g = 0</c></summary>
    public static void Sgd(FlatParameters parameters, Tensor? momentumBuffer, float lr, float momentum, bool nesterov, float weightDecay)
    {
        float* p = TensorMemory.Pointer<float>(parameters.Values);
        float* g = TensorMemory.Pointer<float>(parameters.Gradients);
        float* b = momentumBuffer is null ? null : TensorMemory.Pointer<float>(momentumBuffer);
        InParts(parameters.Values.numel(), (start, end) =>
        {
            if (b is null)
            {
                SgdPart(p, g, start, end, lr, weightDecay);
            }
            else
            {
                MomentumPart(p, g, b, start, end, lr, momentum, nesterov, weightDecay);
            }
        });
    }

    /// <summary><c>p *= decay; m = β₁m + (1−β₁)g; v = β₂v + (1−β₂)g²; p −= size · m / (√v·correction + ε); g = 0</c>, where an L2 penalty
    /// has been added to g first if <paramref name="penalty"/> is not 0.</summary>
    public static void Adam(
        FlatParameters parameters, Tensor average, Tensor averageOfSquares, float beta1, float beta2, float eps, float size, float correction, float decay, float penalty)
    {
        float* p = TensorMemory.Pointer<float>(parameters.Values);
        float* g = TensorMemory.Pointer<float>(parameters.Gradients);
        float* m = TensorMemory.Pointer<float>(average);
        float* v = TensorMemory.Pointer<float>(averageOfSquares);
        InParts(parameters.Values.numel(), (start, end) => AdamPart(p, g, m, v, start, end, beta1, beta2, eps, size, correction, decay, penalty));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SgdPart(float* p, float* g, long start, long end, float lr, float weightDecay)
    {
        Vector256<float> rate = Vector256.Create(lr);
        Vector256<float> decay = Vector256.Create(weightDecay);
        for (long i = start; i < end; i += Vector256<float>.Count)
        {
            Vector256<float> value = Vector256.Load(p + i);
            Vector256<float> gradient = Vector256.Load(g + i) + (value * decay);
            (value - (gradient * rate)).Store(p + i);
            Vector256<float>.Zero.Store(g + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MomentumPart(float* p, float* g, float* b, long start, long end, float lr, float momentum, bool nesterov, float weightDecay)
    {
        Vector256<float> rate = Vector256.Create(lr);
        Vector256<float> decay = Vector256.Create(weightDecay);
        Vector256<float> keep = Vector256.Create(momentum);
        for (long i = start; i < end; i += Vector256<float>.Count)
        {
            Vector256<float> value = Vector256.Load(p + i);
            Vector256<float> gradient = Vector256.Load(g + i) + (value * decay);
            Vector256<float> direction = (Vector256.Load(b + i) * keep) + gradient;
            direction.Store(b + i);
            if (nesterov)
            {
                direction = gradient + (direction * keep);
            }

            (value - (direction * rate)).Store(p + i);
            Vector256<float>.Zero.Store(g + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AdamPart(
        float* p, float* g, float* m, float* v, long start, long end, float beta1, float beta2, float eps, float size, float correction, float decay, float penalty)
    {
        Vector256<float> b1 = Vector256.Create(beta1);
        Vector256<float> b2 = Vector256.Create(beta2);
        Vector256<float> rest1 = Vector256.Create(1 - beta1);
        Vector256<float> rest2 = Vector256.Create(1 - beta2);
        Vector256<float> epsilon = Vector256.Create(eps);
        Vector256<float> stepSize = Vector256.Create(size);
        Vector256<float> root = Vector256.Create(correction);
        Vector256<float> shrink = Vector256.Create(decay);
        Vector256<float> l2 = Vector256.Create(penalty);
        for (long i = start; i < end; i += Vector256<float>.Count)
        {
            Vector256<float> value = Vector256.Load(p + i);
            Vector256<float> gradient = Vector256.Load(g + i) + (value * l2);
            Vector256<float> mean = (Vector256.Load(m + i) * b1) + (gradient * rest1);
            Vector256<float> square = (Vector256.Load(v + i) * b2) + (gradient * gradient * rest2);
            mean.Store(m + i);
            square.Store(v + i);
            Vector256<float> denominator = (Vector256.Sqrt(square) * root) + epsilon;
            ((value * shrink) - (mean * stepSize / denominator)).Store(p + i);
            Vector256<float>.Zero.Store(g + i);
        }
    }

    /// <summary>In one part, or one a thread that libtorch has; flat buffers are a multiple of 16 elements long.</summary>
    private static void InParts(long length, Action<long, long> part)
    {
        int threads = length < ParallelFrom ? 1 : Threads.Current;
        if (threads == 1)
        {
            part(0, length);
            return;
        }

        long share = (((length / threads) + 15) / 16) * 16;
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, t => part(Math.Min(length, t * share), Math.Min(length, (t + 1) * share)));
    }
}
