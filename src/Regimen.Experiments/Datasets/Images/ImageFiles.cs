using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Regimen.Data;
using Regimen.Imaging;

namespace Regimen.Datasets;

/// <summary>A data set of image files. Images are decoded once into memory or on each access, with the same result.</summary>
internal sealed class ImageFiles : IDataset
{
    private readonly ImageEntry[] _images;
    private readonly byte[][] _digests;
    private readonly int[] _labels;
    private readonly ImageLoader _loader;
    private readonly ImageDataset? _inMemory;

    public ImageFiles(string part, ImageEntry[] images, byte[][] digests, ImageLoader loader, IReadOnlyList<string> classes, byte[]? pixels)
    {
        Part = part;
        _images = images;
        _digests = digests;
        _labels = [.. images.Select(i => i.Label)];
        _loader = loader;
        Classes = classes;
        Fields = [Field.Inputs(SampleShape), Field.ClassIndex];
        _inMemory = pixels is null ? null : new ImageDataset(pixels, _labels, SampleShape, classes);
    }

    /// <summary>The name of the split.</summary>
    public string Part { get; }

    /// <summary>The properties in the header of each image.</summary>
    public IReadOnlyList<ImageFacts?> Facts { get; init; } = [];

    /// <inheritdoc/>
    public bool IsInMemory => _inMemory is not null;

    /// <inheritdoc/>
    public int Count => _images.Length;

    /// <inheritdoc/>
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

    /// <inheritdoc/>
    public void AppendTo(IncrementalHash hash)
    {
        DatasetHash.AppendHeader(hash, "image_files", SampleShape, Classes);
        DatasetHash.AppendText(hash, _loader.Description);
        hash.AppendData(MemoryMarshal.AsBytes(_labels.AsSpan()));
        foreach (byte[] digest in _digests)
        {
            hash.AppendData(digest);
        }
    }
}
