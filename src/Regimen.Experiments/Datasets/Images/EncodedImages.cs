using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Regimen.Data;
using Regimen.Imaging;

namespace Regimen.Datasets;

/// <summary>A data set of encoded images. They are decoded once into memory or on each access, with the same result.</summary>
internal sealed class EncodedImages : IDataset, IByteInputs
{
    private readonly IImageStore _store;
    private readonly ImageLoader _loader;
    private readonly ImageDataset? _inMemory;

    /// <param name="part">The name of the split.</param>
    /// <param name="store">The images.</param>
    /// <param name="loader">Converts them to samples.</param>
    /// <param name="classes">The names of the classes.</param>
    /// <param name="pixels">All samples; null to decode them on each access.</param>
    public EncodedImages(string part, IImageStore store, ImageLoader loader, IReadOnlyList<string> classes, byte[]? pixels)
    {
        Part = part;
        _store = store;
        _loader = loader;
        Classes = classes;
        Fields = [Field.Inputs(SampleShape), Field.ClassIndex];
        _inMemory = pixels is null ? null : new ImageDataset(pixels, store.Labels, SampleShape, classes);
    }

    /// <summary>The name of the split.</summary>
    public string Part { get; }

    /// <summary>The properties in the header of each image; empty where they are not kept.</summary>
    public IReadOnlyList<ImageFacts?> Facts { get; init; } = [];

    /// <inheritdoc/>
    public bool IsInMemory => _inMemory is not null;

    /// <inheritdoc/>
    public bool GathersBytes => true;

    /// <inheritdoc/>
    public int Count => _store.Labels.Length;

    /// <inheritdoc/>
    public IReadOnlyList<Field> Fields { get; }

    /// <inheritdoc/>
    public SampleShape SampleShape => _loader.Shape;

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> Labels => _store.Labels;

    /// <inheritdoc/>
    public string Origin(int index) => _store.Origin(index);

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
            targets[row] = _store.Labels[indices[row]];
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
        byte[] buffer = [];
        bool asBytes = into.HasBytes(Field.Input);
        for (int row = 0; row < indices.Length; row++)
        {
            Load(_store, _loader, indices[row], ref buffer, pixels);
            if (asBytes)
            {
                pixels.CopyTo(into.Bytes(Field.Input)[(row * pixels.Length)..]);
                continue;
            }

            ImageDataset.Write(pixels, SampleShape, scale, into.Floats(Field.Input).Slice(row * pixels.Length, pixels.Length));
        }
    }

    /// <inheritdoc/>
    public void AppendTo(IncrementalHash hash)
    {
        DatasetHash.AppendHeader(hash, _store.Kind, SampleShape, Classes);
        DatasetHash.AppendText(hash, _loader.Description);
        hash.AppendData(MemoryMarshal.AsBytes(_store.Labels.AsSpan()));
        _store.AppendTo(hash);
    }

    /// <summary>Decodes an image and fits it to the shape of samples.</summary>
    /// <exception cref="RequestException">It can't be read or decoded; every problem names the image.</exception>
    public static void Load(IImageStore store, ImageLoader loader, int index, ref byte[] buffer, Span<byte> pixels)
    {
        try
        {
            using EncodedImage encoded = EncodedImage.Open(string.Empty, store.Read(index, ref buffer));
            loader.Load(string.Empty, encoded, pixels);
        }
        catch (RequestException refusal)
        {
            // The name of an image in an archive is read from the archive, so only where it is needed.
            throw new RequestException([.. refusal.Problems.Select(p => p with { Where = store.Origin(index) })], refusal);
        }
    }
}
