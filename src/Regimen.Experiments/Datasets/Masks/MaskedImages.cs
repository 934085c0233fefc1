using System.Security.Cryptography;
using Regimen.Data;
using Regimen.Imaging;

namespace Regimen.Datasets;

/// <summary>A data set of images with masks. Both are decoded once into memory or on each access, with the same result.</summary>
internal sealed class MaskedImages : IDataset
{
    private readonly EncodedImages _images;
    private readonly string[] _masks;
    private readonly byte[][] _digests;
    private readonly MaskLoader _loader;
    private readonly byte[]? _inMemory;

    private MaskedImages(EncodedImages images, string[] masks, byte[][] digests, MaskLoader loader, byte[]? inMemory)
    {
        (_images, _masks, _digests, _loader, _inMemory) = (images, masks, digests, loader, inMemory);
        Fields = [Field.Inputs(SampleShape), MaskTarget.Of(SampleShape.Dimensions[1], SampleShape.Dimensions[2])];
    }

    /// <summary>The name of the split.</summary>
    public string Part => _images.Part;

    /// <inheritdoc/>
    public bool IsInMemory => _inMemory is not null;

    /// <inheritdoc/>
    public int Count => _images.Count;

    /// <inheritdoc/>
    public IReadOnlyList<Field> Fields { get; }

    /// <inheritdoc/>
    public SampleShape SampleShape => _images.SampleShape;

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes => _images.Classes;

    private int Area => SampleShape.Dimensions[1] * SampleShape.Dimensions[2];

    /// <summary>Reads every mask of a split once: checks it, computes its digest, and keeps it if its image is kept.</summary>
    /// <param name="images">The images.</param>
    /// <param name="masks">The path of the mask of each image.</param>
    /// <param name="loader">Reads a mask.</param>
    /// <param name="problems">Receives the problems of unusable masks.</param>
    public static MaskedImages Read(EncodedImages images, string[] masks, MaskLoader loader, List<Problem> problems)
    {
        int area = images.SampleShape.Dimensions[1] * images.SampleShape.Dimensions[2];
        byte[]? kept = images.IsInMemory && (long)area * masks.Length <= Array.MaxLength ? new byte[area * masks.Length] : null;
        var digests = new byte[masks.Length][];
        var refusals = new RequestException?[masks.Length];
        Parallel.For(0, masks.Length, i =>
        {
            try
            {
                byte[] bytes = EncodedImage.ReadFile(masks[i]);
                digests[i] = SHA256.HashData(bytes);
                loader.Load(masks[i], bytes, SizeOf(images, i), kept is null ? new byte[area] : kept.AsSpan(i * area, area));
            }
            catch (RequestException refusal)
            {
                refusals[i] = refusal;
            }
        });
        problems.AddRange(refusals.OfType<RequestException>().SelectMany(r => r.Problems));
        return new MaskedImages(images, masks, digests, loader, kept);
    }

    /// <inheritdoc/>
    public string Origin(int index) => _images.Origin(index);

    /// <inheritdoc/>
    public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        _images.GatherInputs(indices, scale, into);
        Span<byte> masks = into.Bytes(Field.Target);
        for (int row = 0; row < indices.Length; row++)
        {
            Span<byte> mask = masks.Slice(row * Area, Area);
            if (_inMemory is not null)
            {
                _inMemory.AsSpan(indices[row] * Area, Area).CopyTo(mask);
                continue;
            }

            string path = _masks[indices[row]];
            _loader.Load(path, EncodedImage.ReadFile(path), SizeOf(_images, indices[row]), mask);
        }
    }

    private static (int Height, int Width) SizeOf(EncodedImages images, int index) => images.Facts[index] is { } facts ? (facts.Height, facts.Width)
        : throw new InvalidOperationException("Expected images whose headers were read.");

    /// <inheritdoc/>
    public void AppendTo(IncrementalHash hash)
    {
        DatasetHash.AppendHeader(hash, "masked_images", SampleShape, Classes);
        DatasetHash.AppendText(hash, _loader.Description);
        _images.AppendTo(hash);
        foreach (byte[] digest in _digests)
        {
            hash.AppendData(digest);
        }
    }
}
