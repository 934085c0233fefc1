namespace Regimen.Reproducibility;

/// <summary>The purpose of a random number. Purposes never share numbers. The values are part of a run's definition and must not change.</summary>
public enum RandomPurpose
{
    /// <summary>The initial values of the weights.</summary>
    Initialization = 1,

    /// <summary>The selection of the samples held out for validation.</summary>
    Split = 2,

    /// <summary>The order of the training samples in an epoch.</summary>
    Order = 3,

    /// <summary>The augmentation of a sample by transforms.</summary>
    Augmentation = 4,

    /// <summary>The draws of layers in a step: dropout masks.</summary>
    Dropout = 5,

    /// <summary>The mixing of the samples of a batch: partners and weights.</summary>
    Mixup = 6,

    /// <summary>The choice of a token in generated text; the index is the token's position.</summary>
    Generation = 7,

    /// <summary>The points that a search over the keys of a config proposes; the index is the point's number.</summary>
    Search = 8,

    /// <summary>The seed of a rank's dropout.</summary>
    Rank = 9,
}

/// <summary>The source of all random numbers: a stream that is a pure function of (seed, purpose, epoch, index), independent of earlier draws
/// and of threads.</summary>
/// <remarks>The generator is SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014). The four keys
/// are mixed in one after the other with its finaliser.</remarks>
public struct RandomStream
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private ulong _state;

    private RandomStream(ulong state) => _state = state;

    /// <summary>Returns the stream of a purpose.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="purpose">The purpose of the numbers.</param>
    /// <param name="epoch">The epoch, from 1; 0 if the purpose does not depend on it.</param>
    /// <param name="index">A step or the index of a sample; 0 if the purpose does not depend on it.</param>
    public static RandomStream For(ulong seed, RandomPurpose purpose, long epoch = 0, long index = 0)
        => new(Seed(seed, purpose, epoch, index));

    /// <summary>Returns a seed for another generator, from the same keys as <see cref="For"/>.</summary>
    public static ulong Seed(ulong seed, RandomPurpose purpose, long epoch = 0, long index = 0)
    {
        ulong state = Mix(seed + Golden);
        state = Mix((state ^ (ulong)purpose) + Golden);
        state = Mix((state ^ (ulong)epoch) + Golden);
        return Mix((state ^ (ulong)index) + Golden);
    }

    /// <summary>Returns the next 64 random bits.</summary>
    public ulong NextUInt64() => Mix(_state += Golden);

    /// <summary>Returns a whole number from 0 to <paramref name="bound"/> − 1, uniformly distributed (Lemire, "Fast Random Integer Generation
    /// in an Interval", 2019).</summary>
    public int NextInt32(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        ulong range = (ulong)bound;
        ulong high = Math.BigMul(NextUInt64(), range, out ulong low);
        if (low < range)
        {
            ulong threshold = (0 - range) % range;
            while (low < threshold)
            {
                high = Math.BigMul(NextUInt64(), range, out low);
            }
        }

        return (int)high;
    }

    /// <summary>Returns a number from 0 (inclusive) to 1 (exclusive), of 53 random bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Shuffles the values, each order with equal probability (Fisher and Yates).</summary>
    public void Shuffle(Span<int> values)
    {
        for (int i = values.Length - 1; i > 0; i--)
        {
            int j = NextInt32(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
