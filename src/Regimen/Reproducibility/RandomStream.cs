namespace Regimen.Reproducibility;

/// <summary>What a random number is for. Purposes never share numbers; the values are part of what a run is and never change.</summary>
public enum RandomPurpose
{
    /// <summary>First values of the weights.</summary>
    Initialization = 1,

    /// <summary>Which samples are held out for validation.</summary>
    Split = 2,

    /// <summary>The order of the training samples in an epoch.</summary>
    Order = 3,

    /// <summary>What a transform does to a sample.</summary>
    Augmentation = 4,

    /// <summary>What a layer draws in a step: dropout.</summary>
    Dropout = 5,

    /// <summary>Which samples of a batch are mixed, and how much.</summary>
    Mixup = 6,
}

/// <summary>The one source of random numbers: a stream that is a pure function of (seed, purpose, epoch, index), whatever was drawn
/// before and on whichever thread.</summary>
/// <remarks>The generator is SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014); the four
/// keys are folded in one after the other through its finaliser.</remarks>
public struct RandomStream
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private ulong _state;

    private RandomStream(ulong state) => _state = state;

    /// <summary>The stream of a purpose.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="purpose">What the numbers are for.</param>
    /// <param name="epoch">From 1; 0 where the purpose does not depend on it.</param>
    /// <param name="index">A step or a sample's index; 0 where the purpose does not depend on it.</param>
    public static RandomStream For(ulong seed, RandomPurpose purpose, long epoch = 0, long index = 0)
        => new(Seed(seed, purpose, epoch, index));

    /// <summary>The same as one number, for a generator that wants a seed of its own.</summary>
    public static ulong Seed(ulong seed, RandomPurpose purpose, long epoch = 0, long index = 0)
    {
        ulong state = Mix(seed + Golden);
        state = Mix((state ^ (ulong)purpose) + Golden);
        state = Mix((state ^ (ulong)epoch) + Golden);
        return Mix((state ^ (ulong)index) + Golden);
    }

    /// <summary>The next 64 random bits.</summary>
    public ulong NextUInt64() => Mix(_state += Golden);

    /// <summary>A whole number from 0 to <paramref name="bound"/> − 1, each equally likely (Lemire, "Fast Random Integer Generation
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

    /// <summary>A number from 0 (included) to 1 (excluded), of 53 random bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Puts the values into a random order, each equally likely (Fisher and Yates).</summary>
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
