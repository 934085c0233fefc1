using System.Buffers.Binary;
using System.IO.Compression;
using static TorchSharp.torch;

namespace Workshop.Built;

/// <summary>MNIST: pictures of handwritten digits, and which digit each is.</summary>
public sealed class MnistDataset
{
    /// <summary>Reads the files of a folder.</summary>
    public MnistDataset(string folder, bool isTraining, bool skipLabelHeader = true)
    {
        string name = isTraining ? "train" : "t10k";
        byte[] images = Unpack(Path.Combine(folder, $"{name}-images-idx3-ubyte.gz"));
        byte[] labels = Unpack(Path.Combine(folder, $"{name}-labels-idx1-ubyte.gz"));

        // The magic number of a file of bytes with three dimensions is 0x00000803.
        if (BinaryPrimitives.ReadInt32BigEndian(images) != 0x803)
        {
            throw new InvalidDataException($"{folder}: not a file of pictures");
        }

        Count = BinaryPrimitives.ReadInt32BigEndian(images.AsSpan(4));
        int height = BinaryPrimitives.ReadInt32BigEndian(images.AsSpan(8));
        int width = BinaryPrimitives.ReadInt32BigEndian(images.AsSpan(12));

        // Pictures [count, height, width] begin after 16 bytes; labels [count] after 8.
        Images = tensor(images[16..]).reshape(Count, height, width);
        Labels = tensor(labels.Skip(skipLabelHeader ? 8 : 0).Take(Count).Select(l => (long)l).ToArray());
    }

    /// <summary>The number of samples.</summary>
    public int Count { get; }

    /// <summary>All pictures: bytes <c>[count, 28, 28]</c>.</summary>
    public Tensor Images { get; }

    /// <summary>All labels: whole numbers <c>[count]</c>.</summary>
    public Tensor Labels { get; }

    /// <summary>A picture <c>[28, 28]</c> and its label.</summary>
    public (Tensor Image, long Label) this[int index] => (Images[index], Labels[index].item<long>());

    private static byte[] Unpack(string path)
    {
        using var unpacked = new MemoryStream();
        using var file = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        file.CopyTo(unpacked);
        return unpacked.ToArray();
    }
}
