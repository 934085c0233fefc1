using System.IO.Compression;
using static TorchSharp.torch;

namespace Digits.Datasets;

/// <summary>The data sets, one method each.</summary>
public static class DigitFiles
{
    /// <summary>The folder of the files. A relative path: it is right on every machine.</summary>
    public static string Folder { get; set; } = Path.Combine("data", "mnist");

    /// <summary>The data set <c>mnist</c>: all pictures.</summary>
    public static DigitSet Mnist() => new(Images("train"), Labels("train"), Images("t10k"), Labels("t10k"));

    /// <summary>The data set <c>small</c>: the first 6,000 training pictures.</summary>
    public static DigitSet Small()
    {
        DigitSet all = Mnist();
        return all with { Images = all.Images[..6000], Labels = all.Labels[..6000] };
    }

    private static Tensor Images(string name) => tensor(Unpack($"{name}-images-idx3-ubyte.gz")[16..]).reshape(-1, 28, 28);

    private static Tensor Labels(string name) => tensor(Unpack($"{name}-labels-idx1-ubyte.gz").Skip(8).Select(l => (long)l).ToArray());

    private static byte[] Unpack(string file)
    {
        using var unpacked = new MemoryStream();
        using var packed = new GZipStream(File.OpenRead(Path.Combine(Folder, file)), CompressionMode.Decompress);
        packed.CopyTo(unpacked);
        return unpacked.ToArray();
    }
}
