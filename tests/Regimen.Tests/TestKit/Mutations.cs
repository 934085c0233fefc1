using Regimen.Reproducibility;

namespace Regimen.Tests.TestKit;

/// <summary>Creates damaged copies of a file: bytes changed, truncated, removed, duplicated or zeroed. 100 copies, or 1,000 if the environment
/// variable REGIMEN_LONG is 1. The copies are the same every time.</summary>
internal static class Mutations
{
    public static int Count { get; } = Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1" ? 1000 : 100;

    /// <summary>Returns the damaged copies, each different from the original.</summary>
    public static IEnumerable<(int Number, byte[] Bytes)> Of(byte[] original)
    {
        for (int number = 0; number < Count; number++)
        {
            RandomStream random = RandomStream.For(9, RandomPurpose.Split, number);
            byte[] mutated = Mutate(original, ref random);
            if (!mutated.AsSpan().SequenceEqual(original))
            {
                yield return (number, mutated);
            }
        }
    }

    private static byte[] Mutate(byte[] bytes, ref RandomStream random)
    {
        // Half of the positions are in the first bytes, where the formats have their headers.
        int at = random.NextInt32(2) == 0 ? random.NextInt32(bytes.Length) : random.NextInt32(Math.Min(bytes.Length, 64));
        int length = Math.Min(1 + random.NextInt32(64), bytes.Length - at);
        switch (random.NextInt32(7))
        {
            case 0:
                return bytes[..at];
            case 1:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 2:
                return [.. bytes[..(at + length)], .. bytes[at..]];
            case 3:
                byte[] blanked = [.. bytes];
                blanked.AsSpan(at, length).Clear();
                return blanked;
            case 4:
                byte[] noise = [.. bytes];
                for (int i = at; i < at + length; i++)
                {
                    noise[i] = (byte)random.NextInt32(256);
                }

                return noise;
            default:
                byte[] flipped = [.. bytes];
                flipped[at] ^= (byte)(1 << random.NextInt32(8));
                return flipped;
        }
    }
}
