using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>Computes dropout masks. Each factor is 0 or 1 / (1 − p), decided by a hash of a key and the factor's index (the finaliser of
/// MurmurHash3, twice, with half of the key each), so factors can be computed in parallel and in any order.</summary>
internal static class DropoutMask
{
    private const uint Spread = 0x9E3779B9;

    /// <summary>Draws a key from libtorch's default generator, which is seeded before each step.</summary>
    public static ulong NewKey()
    {
        using Tensor drawn = randint(long.MaxValue, 1, ScalarType.Int64);
        return (ulong)drawn.item<long>();
    }

    /// <summary>Writes a mask.</summary>
    /// <param name="mask">The mask to write; at most 2³² values have different hashes.</param>
    /// <param name="key">The key of the mask.</param>
    /// <param name="probability">The probability of 0, from 0 to below 1.</param>
    /// <param name="start">The index of the first factor, where a part of a mask is written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fill(Span<float> mask, ulong key, double probability, uint start = 0)
    {
        (uint below, float kept) = Bounds(probability);
        ref float to = ref MemoryMarshal.GetReference(mask);
        int i = 0;
        for (; i + Vector256<float>.Count <= mask.Length; i += Vector256<float>.Count)
        {
            Factors(start + (uint)i, key, below, kept).StoreUnsafe(ref to, (nuint)i);
        }

        for (; i < mask.Length; i++)
        {
            mask[i] = Factors(start + (uint)i, key, below, kept).ToScalar();
        }
    }

    /// <summary>Writes the products of some values with a mask's factors.</summary>
    /// <param name="from">All values.</param>
    /// <param name="to">The products.</param>
    /// <param name="start">The first value.</param>
    /// <param name="end">The value after the last.</param>
    /// <param name="key">The key of the mask.</param>
    /// <param name="probability">The probability of 0, from 0 to below 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Multiply(float* from, float* to, long start, long end, ulong key, double probability)
    {
        (uint below, float kept) = Bounds(probability);
        long i = start;
        for (; i + Vector256<float>.Count <= end; i += Vector256<float>.Count)
        {
            (Vector256.Load(from + i) * Factors((uint)i, key, below, kept)).Store(to + i);
        }

        for (; i < end; i++)
        {
            to[i] = from[i] * Factors((uint)i, key, below, kept).ToScalar();
        }
    }

    private static (uint Below, float Kept) Bounds(double probability) => ((uint)Math.Round(probability * uint.MaxValue), (float)(1 / (1 - probability)));

    /// <summary>Returns the factors of consecutive values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Factors(uint start, ulong key, uint below, float kept)
    {
        Vector256<uint> places = Vector256.CreateSequence(0u, 1u) + Vector256.Create(start);
        Vector256<uint> hash = Mix(Mix((places * Spread) + Vector256.Create((uint)key)) ^ Vector256.Create((uint)(key >> 32)));
        return Vector256.Create(kept) & Vector256.GreaterThanOrEqual(hash, Vector256.Create(below)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Mix(Vector256<uint> value)
    {
        value ^= value >>> 16;
        value *= 0x85EBCA6B;
        value ^= value >>> 13;
        value *= 0xC2B2AE35;
        return value ^ (value >>> 16);
    }
}
