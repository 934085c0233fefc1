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
        uint first = (uint)key;
        uint second = (uint)(key >> 32);
        uint below = (uint)Math.Round(probability * uint.MaxValue);
        float kept = (float)(1 / (1 - probability));
        ref float to = ref MemoryMarshal.GetReference(mask);
        int i = 0;
        Vector256<uint> places = Vector256.CreateSequence(0u, 1u);
        Vector256<float> factor = Vector256.Create(kept);
        for (; i + Vector256<float>.Count <= mask.Length; i += Vector256<float>.Count)
        {
            Vector256<uint> hash = Mix(Mix(((places + Vector256.Create(start + (uint)i)) * Spread) + Vector256.Create(first)) ^ Vector256.Create(second));
            Vector256<float> keeps = Vector256.GreaterThanOrEqual(hash, Vector256.Create(below)).AsSingle();
            (factor & keeps).StoreUnsafe(ref to, (nuint)i);
        }

        for (; i < mask.Length; i++)
        {
            uint hash = Mix(Mix(((start + (uint)i) * Spread) + first) ^ second);
            mask[i] = hash >= below ? kept : 0;
        }
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

    private static uint Mix(uint value)
    {
        value ^= value >> 16;
        value *= 0x85EBCA6B;
        value ^= value >> 13;
        value *= 0xC2B2AE35;
        return value ^ (value >> 16);
    }
}
