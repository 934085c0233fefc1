using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Regimen.Kernels;

namespace Regimen.Layers;

/// <summary>The gates of a gated recurrent unit, element by element, with the same bits on every processor.</summary>
internal static unsafe class GruCell
{
    /// <summary>Writes the new state <c>(1 − z)·n + z·h</c> of a sample with <c>r = σ(i_r + h_r)</c>, <c>z = σ(i_z + h_z)</c>, <c>n = tanh(i_n + r·h_n)</c>,
    /// and keeps r, z, n and h_n.</summary>
    /// <param name="fromInput">i, <c>[3·width]</c>.</param>
    /// <param name="fromState">h_r, h_z and h_n, <c>[3·width]</c>.</param>
    /// <param name="state">h, <c>[width]</c>.</param>
    /// <param name="to">The new state, <c>[width]</c>.</param>
    /// <param name="kept">r, z, n, h_n, <c>[4·width]</c>.</param>
    /// <param name="width">The number of units.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(float* fromInput, float* fromState, float* state, float* to, float* kept, int width)
    {
        int i = 0;
        for (; i + Vector256<float>.Count <= width; i += Vector256<float>.Count)
        {
            Vector256<float> own = Vector256.Load(fromState + (2 * width) + i);
            Vector256<float> r = VectorFunctions.Sigmoid(Vector256.Load(fromInput + i) + Vector256.Load(fromState + i));
            Vector256<float> z = VectorFunctions.Sigmoid(Vector256.Load(fromInput + width + i) + Vector256.Load(fromState + width + i));
            Vector256<float> n = VectorFunctions.Tanh(Vector256.Load(fromInput + (2 * width) + i) + (r * own));
            r.Store(kept + i);
            z.Store(kept + width + i);
            n.Store(kept + (2 * width) + i);
            own.Store(kept + (3 * width) + i);
            (((Vector256<float>.One - z) * n) + (z * Vector256.Load(state + i))).Store(to + i);
        }

        for (; i < width; i++)
        {
            float own = fromState[(2 * width) + i];
            float r = VectorFunctions.Sigmoid(Vector256.Create(fromInput[i] + fromState[i]))[0];
            float z = VectorFunctions.Sigmoid(Vector256.Create(fromInput[width + i] + fromState[width + i]))[0];
            float n = VectorFunctions.Tanh(Vector256.Create(fromInput[(2 * width) + i] + (r * own)))[0];
            (kept[i], kept[width + i], kept[(2 * width) + i], kept[(3 * width) + i]) = (r, z, n, own);
            to[i] = ((1 - z) * n) + (z * state[i]);
        }
    }

    /// <summary>Writes the gradients of a sample's gates, and the part of the state's gradient that does not pass through them.</summary>
    /// <param name="above">The gradient of the new state.</param>
    /// <param name="state">h.</param>
    /// <param name="kept">What <see cref="Forward"/> kept.</param>
    /// <param name="ofInput">The gradient of i, <c>[3·width]</c>.</param>
    /// <param name="ofState">The gradient of h_r, h_z and h_n, <c>[3·width]</c>.</param>
    /// <param name="carried">The gradient of h without that of the gates, <c>[width]</c>; may be <paramref name="above"/>.</param>
    /// <param name="width">The number of units.</param>
    public static void Backward(float* above, float* state, float* kept, float* ofInput, float* ofState, float* carried, int width)
    {
        for (int i = 0; i < width; i++)
        {
            (float r, float z, float n, float own) = (kept[i], kept[width + i], kept[(2 * width) + i], kept[(3 * width) + i]);
            float gradient = above[i];
            float ofNew = gradient * (1 - z) * (1 - (n * n));
            float ofReset = ofNew * own * r * (1 - r);
            float ofUpdate = gradient * (state[i] - n) * z * (1 - z);
            (ofInput[i], ofInput[width + i], ofInput[(2 * width) + i]) = (ofReset, ofUpdate, ofNew);
            (ofState[i], ofState[width + i], ofState[(2 * width) + i]) = (ofReset, ofUpdate, ofNew * r);
            carried[i] = gradient * z;
        }
    }
}
