using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Workshop.Solutions;

public static class Step08
{
    public static int FirstDifference(IReadOnlyList<float> a, IReadOnlyList<float> b)
    {
        int common = Math.Min(a.Count, b.Count);
        for (int i = 0; i < common; i++)
        {
            if (BitConverter.SingleToInt32Bits(a[i]) != BitConverter.SingleToInt32Bits(b[i]))
            {
                return i;
            }
        }

        return a.Count == b.Count ? -1 : common;
    }

    // Each number has its own digits. Seeds that are close to each other are good enough for libtorch's generator, which mixes them.
    public static ulong SeedOf(int seed, int purpose, int step) => ((((ulong)(uint)seed * 1000) + (ulong)(uint)purpose) * 1_000_000) + (ulong)(uint)step;

    public static bool IsHeldOut(string name, double share)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(name));
        return BinaryPrimitives.ReadUInt32BigEndian(hash) / 4294967296.0 < share;
    }
}
