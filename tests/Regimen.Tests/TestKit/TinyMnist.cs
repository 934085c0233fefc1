using Regimen.Reproducibility;

namespace Regimen.Tests.TestKit;

/// <summary>Writes the four files of MNIST with few images: one bright band per class, and noise. A perceptron learns them in a few steps.</summary>
internal static class TinyMnist
{
    public const int Train = 300;
    public const int Test = 100;
    private const int Side = 28;

    /// <summary>Writes the uncompressed files into a folder of the project.</summary>
    public static void Write(TemporaryFolder folder, string below)
    {
        foreach ((string part, int count, ulong seed) in (ReadOnlySpan<(string, int, ulong)>)[("train", Train, 1), ("t10k", Test, 2)])
        {
            folder.Write($"{below}/{part}-images-idx3-ubyte", IdxBytes.Of(0x08, [count, Side, Side], Pixels(count, seed)));
            folder.Write($"{below}/{part}-labels-idx1-ubyte", Labels(count));
        }
    }

    /// <summary>Returns a file of labels, optionally with one wrong label.</summary>
    public static byte[] Labels(int count, byte? wrong = null)
    {
        byte[] labels = [.. Enumerable.Range(0, count).Select(i => (byte)(i % 10))];
        labels[17] = wrong ?? labels[17];
        return IdxBytes.Of(0x08, [count], labels);
    }

    private static byte[] Pixels(int count, ulong seed)
    {
        RandomStream random = RandomStream.For(seed, RandomPurpose.Split);
        var pixels = new byte[count * Side * Side];
        for (int i = 0; i < pixels.Length; i++)
        {
            int row = i / Side % Side;
            int label = i / (Side * Side) % 10;
            bool band = row / 2 == label + 2;
            pixels[i] = (byte)((random.NextDouble() * 200) + (band ? 55 : 0));
        }

        return pixels;
    }
}
