using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Regimen.Data;

/// <summary>A data set of images as bytes in memory, with one class per image. As inputs the bytes are scaled to 0…1.</summary>
public sealed class ImageDataset : IDataset, IByteInputs
{
    private readonly byte[] _pixels;
    private readonly int[] _labels;

    /// <summary>Creates a data set over arrays, which are not copied.</summary>
    /// <param name="pixels">The bytes of all images, each <c>[channels, height, width]</c> in row-major order.</param>
    /// <param name="labels">The class index of each image.</param>
    /// <param name="shape">The shape of one image.</param>
    /// <param name="classes">The names of the classes.</param>
    /// <exception cref="ArgumentException">The number of pixels is not the number of labels times the shape's elements, or a label is not a
    /// class index.</exception>
    public ImageDataset(byte[] pixels, int[] labels, SampleShape shape, IReadOnlyList<string> classes)
    {
        if (pixels.LongLength != (long)labels.Length * shape.Elements)
        {
            throw new ArgumentException($"Expected {labels.Length} images of {shape.Elements} bytes; received {pixels.LongLength} bytes.", nameof(pixels));
        }

        ClassLabels.Check(labels, classes.Count);
        _pixels = pixels;
        _labels = labels;
        SampleShape = shape;
        Classes = classes;
        Fields = [Field.Inputs(shape), Field.ClassIndex];
    }

    /// <inheritdoc/>
    public bool IsInMemory => true;

    bool IByteInputs.GathersBytes => true;

    /// <inheritdoc/>
    public int Count => _labels.Length;

    /// <inheritdoc/>
    public IReadOnlyList<Field> Fields { get; }

    /// <inheritdoc/>
    public SampleShape SampleShape { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> Labels => _labels;

    /// <inheritdoc/>
    public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        GatherInputs(indices, scale, into);
        Span<long> targets = into.Longs(Field.Target);
        for (int row = 0; row < indices.Length; row++)
        {
            targets[row] = _labels[indices[row]];
        }
    }

    /// <summary>Writes the images alone.</summary>
    internal unsafe void GatherInputs(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        if (into.HasBytes(Field.Input))
        {
            CopyBytes(indices, into.Bytes(Field.Input));
            return;
        }

        fixed (byte* pixels = _pixels)
        {
            RowGather.Pixels(pixels, Count, SampleShape, indices, scale, into.Floats(Field.Input));
        }
    }

    private void CopyBytes(ReadOnlySpan<int> indices, Span<byte> into)
    {
        int size = SampleShape.Elements;
        for (int row = 0; row < indices.Length; row++)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)indices[row], (uint)Count, nameof(indices));
            Span<byte> to = into.Slice(row * size, size);

            // A set may be larger than a span.
            ref byte first = ref MemoryMarshal.GetArrayDataReference(_pixels);
            MemoryMarshal.CreateReadOnlySpan(ref System.Runtime.CompilerServices.Unsafe.Add(ref first, (nint)indices[row] * size), size).CopyTo(to);
        }
    }

    /// <summary>Writes one image into a batch.</summary>
    internal static void Write(ReadOnlySpan<byte> pixels, SampleShape shape, ChannelScale scale, Span<float> into)
    {
        int channels = scale.Scale.Count == 1 ? 1 : shape.Channels;
        int area = shape.Elements / channels;
        for (int channel = 0; channel < channels; channel++)
        {
            (float factor, float offset) = scale[channel];
            PixelKernel.Scale(pixels.Slice(channel * area, area), into.Slice(channel * area, area), factor / 255f, offset);
        }
    }

    /// <inheritdoc/>
    public void AppendTo(IncrementalHash hash)
    {
        DatasetHash.AppendHeader(hash, "images", SampleShape, Classes);
        hash.AppendData(MemoryMarshal.AsBytes(_labels.AsSpan()));
        hash.AppendData(_pixels);
    }
}
