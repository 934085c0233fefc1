using System.Security.Cryptography;
using Regimen.Imaging;

namespace Regimen.Datasets;

/// <summary>Image files with a label each.</summary>
/// <param name="images">The files.</param>
/// <param name="digests">The SHA-256 of each file.</param>
internal sealed class ImageFiles(ImageEntry[] images, byte[][] digests) : IImageStore
{
    /// <inheritdoc/>
    public string Kind => "image_files";

    /// <summary>The properties in the header of each image.</summary>
    public IReadOnlyList<ImageFacts?> Facts { get; init; } = [];

    /// <inheritdoc/>
    public int[] Labels { get; } = [.. images.Select(i => i.Label)];

    /// <inheritdoc/>
    public string Origin(int index) => images[index].Path;

    /// <inheritdoc/>
<<<<<<< HEAD
    public IReadOnlyList<Field> Fields { get; }

    /// <inheritdoc/>
    public SampleShape SampleShape => _loader.Shape;

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> Labels => _labels;

    /// <inheritdoc/>
    public string Origin(int index) => _images[index].Path;

    /// <inheritdoc/>
    public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        if (_inMemory is not null)
        {
            _inMemory.Gather(indices, scale, into);
            return;
        }

        GatherInputs(indices, scale, into);
        Span<long> targets = into.Longs(Field.Target);
        for (int row = 0; row < indices.Length; row++)
        {
            targets[row] = _labels[indices[row]];
        }
    }

    /// <summary>Writes the images alone.</summary>
    public void GatherInputs(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        if (_inMemory is not null)
        {
            _inMemory.GatherInputs(indices, scale, into);
            return;
        }

        byte[] pixels = GC.AllocateUninitializedArray<byte>(SampleShape.Elements);
        for (int row = 0; row < indices.Length; row++)
        {
            ImageEntry image = _images[indices[row]];
            using EncodedImage encoded = EncodedImage.Open(image.Path, EncodedImage.ReadFile(image.Path));
            _loader.Load(image.Path, encoded, pixels);
            ImageDataset.Write(pixels, SampleShape, scale, into.Floats(Field.Input).Slice(row * pixels.Length, pixels.Length));
        }
    }
=======
    public ReadOnlyMemory<byte> Read(int index, ref byte[] buffer) => EncodedImage.ReadFile(images[index].Path);
>>>>>>> dd57d6eafbd133b1b7ec3b1443636334c025b033

    /// <inheritdoc/>
    public void AppendTo(IncrementalHash hash)
    {
        foreach (byte[] digest in digests)
        {
            hash.AppendData(digest);
        }
    }
}
