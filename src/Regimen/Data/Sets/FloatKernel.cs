using System.Numerics;
using System.Runtime.CompilerServices;

namespace Regimen.Data;

/// <summary>Copies floats in one pass over memory, unchanged or as <c>value · scale + offset</c>.</summary>
/// <remarks>Product and sum are rounded separately, so the result has the same bits at every vector width.</remarks>
internal static unsafe class FloatKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(float* from, float* to, int length, float* ahead)
    {
        int i = 0;
        for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Prefetch.Line(ahead, i * sizeof(float));
            Vector.Store(Vector.Load(from + i), to + i);
        }

        for (; i < length; i++)
        {
            to[i] = from[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(float* from, float* to, int length, float scale, float offset, float* ahead)
    {
        var s = new Vector<float>(scale);
        var o = new Vector<float>(offset);
        int i = 0;
        for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Prefetch.Line(ahead, i * sizeof(float));
            Vector.Store((Vector.Load(from + i) * s) + o, to + i);
        }

        for (; i < length; i++)
        {
            float product = from[i] * scale;
            to[i] = product + offset;
        }
    }
}
