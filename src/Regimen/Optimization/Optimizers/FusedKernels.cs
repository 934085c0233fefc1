using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Regimen.Engine;

namespace Regimen.Optimization;

/// <summary>Optimizer steps in one pass over memory, for float32 on the CPU: parameters are updated and gradients cleared while both are in
/// the cache.</summary>
/// <remarks>Elements are computed independently, with products rounded before sums. The result therefore has the same bits for every vector
/// width and every number of threads.</remarks>
internal static unsafe partial class FusedKernels
{
    // Below this number of elements a second thread costs more than it saves.
    private const long ParallelFrom = 1 << 19;

    // The same limit if the second thread is already running.
    private const long SharedFrom = 1 << 15;
    private const int Granule = 16;

    /// <summary><c>g += wd·p; p −= lr·g; g = 0</c></summary>
    public static void Sgd(ParameterGroup group, float lr)
    {
        float* p = group.ValueMemory;
        float* g = group.GradientMemory;
        float decay = (float)group.WeightDecay;
        InParts(group, (start, end) => SgdPart(p, g, start, end, lr, decay));
    }

    /// <summary><c>g += wd·p; b = μ·b + g; p −= lr·(nesterov ? g + μ·b : b); g = 0</c></summary>
    public static void Momentum(ParameterGroup group, float lr, float momentum, bool nesterov)
    {
        float* p = group.ValueMemory;
        float* g = group.GradientMemory;
        float* b = group.StateMemory(0);
        float decay = (float)group.WeightDecay;
        InParts(group, (start, end) => MomentumPart(p, g, b, start, end, lr, momentum, nesterov, decay));
    }

    /// <summary><c>p *= decay; m = β₁m + (1−β₁)g; v = β₂v + (1−β₂)g²; p −= size · m / (√v·correction + ε); g = 0</c>. An L2 penalty
    /// other than 0 is added to g first.</summary>
    /// <remarks>The caller computes <c>1−β</c> in double and rounds it once. In float32 it is 1.3e-5 off at β = 0.999, and 0 where β
    /// rounds to 1.</remarks>
    public static void Adam(ParameterGroup group, in AdamCoefficients c)
    {
        AdamCoefficients coefficients = c;
        float* p = group.ValueMemory;
        float* g = group.GradientMemory;
        float* m = group.StateMemory(0);
        float* v = group.StateMemory(1);
        InParts(group, (start, end) => AdamPart(p, g, m, v, start, end, coefficients));
    }

    /// <summary><c>g += wd·p; v = αv + (1−α)g²; a = αa + (1−α)g; d = g / (√(v − a²) + ε); b = μb + d; p −= lr·b; g = 0</c>, without the
    /// terms of <c>a</c> or <c>b</c> if their index is null.</summary>
    /// <remarks><paramref name="rest"/> is <c>1−α</c>, computed in double and rounded once.</remarks>
    public static void RmsProp(ParameterGroup group, int? averageIndex, int? momentumIndex, float lr, float alpha, float rest, float eps, float momentum)
    {
        float* p = group.ValueMemory;
        float* g = group.GradientMemory;
        float* v = group.StateMemory(0);
        float decay = (float)group.WeightDecay;
        float* a = averageIndex is { } average ? group.StateMemory(average) : null;
        float* b = momentumIndex is { } buffer ? group.StateMemory(buffer) : null;
        InParts(group, (start, end) => RmsPropPart(p, g, v, a, b, start, end, lr, alpha, rest, eps, momentum, decay));
    }

    /// <summary><c>a += share · (p − a)</c>, for the whole buffer of the parameters and an average of the same layout.</summary>
    /// <param name="p">The values of the parameters.</param>
    /// <param name="a">The average.</param>
    /// <param name="length">The length of both buffers.</param>
    /// <param name="stretches">The beginning and length of each parameter, with the padding after it.</param>
    /// <param name="share">The share of the values.</param>
    public static void MoveTowards(float* p, float* a, long length, IReadOnlyList<(long Start, long Length)> stretches, float share)
        => InParts(length, stretches, (start, end) => MoveTowardsPart(p, a, start, end, share));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MoveTowardsPart(float* p, float* a, long start, long end, float share)
    {
        Vector256<float> part = Vector256.Create(share);
        for (long i = start; i < end; i += Vector256<float>.Count)
        {
            Vector256<float> mean = Vector256.Load(a + i);
            (mean + ((Vector256.Load(p + i) - mean) * part)).Store(a + i);
        }
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
        float* p, float* g, float* m, float* v, long start, long end, in AdamCoefficients c)
    {
        Vector256<float> b1 = Vector256.Create(c.Beta1);
        Vector256<float> b2 = Vector256.Create(c.Beta2);
        Vector256<float> rest1 = Vector256.Create(c.Rest1);
        Vector256<float> rest2 = Vector256.Create(c.Rest2);
        Vector256<float> epsilon = Vector256.Create(c.Eps);
        Vector256<float> stepSize = Vector256.Create(c.Size);
        Vector256<float> root = Vector256.Create(c.Correction);
        Vector256<float> shrink = Vector256.Create(c.Decay);
        Vector256<float> l2 = Vector256.Create(c.Penalty);
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RmsPropPart(
        float* p, float* g, float* v, float* a, float* b, long start, long end, float lr, float alpha, float oneMinusAlpha, float eps, float momentum, float weightDecay)
    {
        Vector256<float> rate = Vector256.Create(lr);
        Vector256<float> decay = Vector256.Create(weightDecay);
        Vector256<float> keep = Vector256.Create(alpha);
        Vector256<float> rest = Vector256.Create(oneMinusAlpha);
        Vector256<float> epsilon = Vector256.Create(eps);
        Vector256<float> inertia = Vector256.Create(momentum);
        for (long i = start; i < end; i += Vector256<float>.Count)
        {
            Vector256<float> value = Vector256.Load(p + i);
            Vector256<float> gradient = Vector256.Load(g + i) + (value * decay);
            Vector256<float> square = (Vector256.Load(v + i) * keep) + (gradient * gradient * rest);
            square.Store(v + i);
            if (a is not null)
            {
                Vector256<float> mean = (Vector256.Load(a + i) * keep) + (gradient * rest);
                mean.Store(a + i);
                square -= mean * mean;
            }

            Vector256<float> direction = gradient / (Vector256.Sqrt(square) + epsilon);
            if (b is not null)
            {
                direction += Vector256.Load(b + i) * inertia;
                direction.Store(b + i);
            }

            (value - (direction * rate)).Store(p + i);
            Vector256<float>.Zero.Store(g + i);
        }
    }

    /// <summary>Runs a kernel in one part, or in one part per thread. Flat buffers are a multiple of 16 elements long. If Regimen's layers
    /// split the work, each parameter is divided as its layer divides it, which keeps it in one core's cache.</summary>
    private static void InParts(ParameterGroup group, Action<long, long> part)
        => InParts(group.Length, Threads.Parts > 1 && group.Length >= SharedFrom ? group.Stretches : [], part);

    private static void InParts(long whole, IReadOnlyList<(long Start, long Length)> stretches, Action<long, long> part)
    {
        if (Threads.Parts > 1 && whole >= SharedFrom)
        {
            int parts = Threads.Parts;
            Threads.Share(parts, p =>
            {
                foreach ((long start, long length) in stretches)
                {
                    (long from, long to) = WorkRange.Of(length, p, parts, Granule);
                    part(start + from, start + to);
                }
            });
            return;
        }

        int threads = whole < ParallelFrom ? 1 : Threads.Current;
        if (threads == 1)
        {
            part(0, whole);
            return;
        }

        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, p =>
        {
            (long from, long to) = WorkRange.Of(whole, p, threads, Granule);
            part(from, to);
        });
    }
}
