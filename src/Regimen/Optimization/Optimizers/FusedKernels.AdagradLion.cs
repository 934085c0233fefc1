using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Regimen.Optimization;

/// <content>The kernels of Adagrad and Lion.</content>
internal static unsafe partial class FusedKernels
{
    /// <summary><c>g += wd·p; s += g²; p −= size · g / (√(s + s₀) + ε); g = 0</c></summary>
    public static void Adagrad(ParameterGroup group, float size, float initial, float eps)
    {
        float* p = group.ValueMemory;
        float* g = group.GradientMemory;
        float* s = group.StateMemory(0);
        float decay = (float)group.WeightDecay;
        InParts(group, (start, end) => AdagradPart(p, g, s, start, end, size, initial, eps, decay));
    }

    /// <summary><c>p *= shrink; p −= lr · sign(β₁m + (1−β₁)g); m = β₂m + (1−β₂)g; g = 0</c></summary>
    public static void Lion(ParameterGroup group, float lr, float shrink, double beta1, double beta2)
    {
        float* p = group.ValueMemory;
        float* g = group.GradientMemory;
        float* m = group.StateMemory(0);
        InParts(group, (start, end) => LionPart(p, g, m, start, end, lr, shrink, (float)beta1, (float)(1 - beta1), (float)beta2, (float)(1 - beta2)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AdagradPart(float* p, float* g, float* s, long start, long end, float size, float initial, float eps, float weightDecay)
    {
        Vector256<float> rate = Vector256.Create(size);
        Vector256<float> first = Vector256.Create(initial);
        Vector256<float> epsilon = Vector256.Create(eps);
        Vector256<float> decay = Vector256.Create(weightDecay);
        for (long i = start; i < end; i += Vector256<float>.Count)
        {
            Vector256<float> value = Vector256.Load(p + i);
            Vector256<float> gradient = Vector256.Load(g + i) + (value * decay);
            Vector256<float> sum = Vector256.Load(s + i) + (gradient * gradient);
            sum.Store(s + i);

            // The gaps between parameters are zero, where ε = 0 gives 0/0.
            Vector256<float> way = gradient / (Vector256.Sqrt(sum + first) + epsilon);
            (value - (Vector256.ConditionalSelect(Vector256.Equals(gradient, Vector256<float>.Zero), Vector256<float>.Zero, way) * rate)).Store(p + i);
            Vector256<float>.Zero.Store(g + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LionPart(float* p, float* g, float* m, long start, long end, float lr, float shrink, float beta1, float rest1, float beta2, float rest2)
    {
        Vector256<float> rate = Vector256.Create(lr);
        Vector256<float> back = Vector256.Create(-lr);
        Vector256<float> keep = Vector256.Create(shrink);
        Vector256<float> b1 = Vector256.Create(beta1);
        Vector256<float> r1 = Vector256.Create(rest1);
        Vector256<float> b2 = Vector256.Create(beta2);
        Vector256<float> r2 = Vector256.Create(rest2);
        for (long i = start; i < end; i += Vector256<float>.Count)
        {
            Vector256<float> gradient = Vector256.Load(g + i);
            Vector256<float> momentum = Vector256.Load(m + i);
            Vector256<float> direction = (momentum * b1) + (gradient * r1);
            Vector256<float> way = Vector256.ConditionalSelect(
                Vector256.GreaterThan(direction, Vector256<float>.Zero), rate, Vector256.ConditionalSelect(Vector256.LessThan(direction, Vector256<float>.Zero), back, Vector256<float>.Zero));
            ((Vector256.Load(p + i) * keep) - way).Store(p + i);
            ((momentum * b2) + (gradient * r2)).Store(m + i);
            Vector256<float>.Zero.Store(g + i);
        }
    }
}
