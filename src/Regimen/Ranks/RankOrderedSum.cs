using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Regimen.Ranks;

/// <summary>Adds up the ranks' parts of an array in the order of the ranks. Each element is a sum of its own, so its bits do not depend on the
/// width of the vectors.</summary>
internal static unsafe class RankOrderedSum
{
    /// <summary>Replaces this rank's values by the sum over all ranks.</summary>
    /// <param name="own">This rank's values.</param>
    /// <param name="others">The other ranks' values, each at its rank times the length.</param>
    /// <param name="length">The number of values of a rank.</param>
    /// <param name="rank">This rank.</param>
    /// <param name="size">The number of ranks.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* own, float* others, long length, int rank, int size)
    {
        long i = 0;
        for (; i + Vector256<float>.Count <= length; i += Vector256<float>.Count)
        {
            Vector256<float> sum = Vector256.Load(Of(0) + i);
            for (int r = 1; r < size; r++)
            {
                sum += Vector256.Load(Of(r) + i);
            }

            sum.Store(own + i);
        }

        for (; i < length; i++)
        {
            float sum = Of(0)[i];
            for (int r = 1; r < size; r++)
            {
                sum += Of(r)[i];
            }

            own[i] = sum;
        }

        float* Of(int r) => r == rank ? own : others + (r * length);
    }
}
