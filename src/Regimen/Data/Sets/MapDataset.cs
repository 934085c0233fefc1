using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Regimen.Data;

/// <summary>Makes one sample's input of another's. It must give the same for the same, on any thread.</summary>
/// <param name="input">The values as the source has them.</param>
/// <param name="output">Where the new ones go: all of them.</param>
public delegate void SampleMap(ReadOnlySpan<float> input, Span<float> output);

/// <summary>A data set whose inputs are made of another's, each time a sample is read. What is to differ from epoch to epoch is an
/// <see cref="ITransform"/> instead.</summary>
public sealed class MapDataset : IDataset
{
    private readonly IDataset _source;
    private readonly SampleMap _map;

    /// <summary>The samples of <paramref name="source"/> with other inputs.</summary>
    /// <param name="source">Where samples come from; targets stay as they are.</param>
    /// <param name="shape">The shape of a new input.</param>
    /// <param name="map">Makes it.</param>
    public MapDataset(IDataset source, SampleShape shape, SampleMap map)
    {
        _source = source;
        _map = map;
        SampleShape = shape;
        Fields = [.. source.Fields.Select(f => f.Name == Field.Input ? f with { Shape = shape, ScalesEachValue = false } : f)];
    }

    /// <inheritdoc/>
    public int Count => _source.Count;

    /// <inheritdoc/>
    public IReadOnlyList<Field> Fields { get; }

    /// <inheritdoc/>
    public SampleShape SampleShape { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes => _source.Classes;

    /// <inheritdoc/>
    public IReadOnlyList<int>? Labels => _source.Labels;

    /// <inheritdoc/>
    public string Origin(int index) => _source.Origin(index);

    /// <inheritdoc/>
    public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        using var raw = new BatchBuffer(_source.Fields, Math.Max(1, indices.Length));
        _source.Gather(indices, ChannelScale.Identity, raw);
        int from = _source.SampleShape.Elements;
        int to = SampleShape.Elements;
        for (int row = 0; row < indices.Length; row++)
        {
            Span<float> output = into.Floats(Field.Input).Slice(row * to, to);
            _map(raw.Floats(Field.Input).Slice(row * from, from), output);
            if (!ReferenceEquals(scale, ChannelScale.Identity))
            {
                scale.Apply(output, output, SampleShape);
            }
        }

        foreach (Field field in Fields.Where(f => f.Name != Field.Input))
        {
            int values = indices.Length * field.Shape.Elements;
            if (field.Type == ElementType.Float32)
            {
                raw.Floats(field.Name)[..values].CopyTo(into.Floats(field.Name));
            }
            else
            {
                raw.Longs(field.Name)[..values].CopyTo(into.Longs(field.Name));
            }
        }
    }

    /// <summary>Adds every sample that it makes, with its target; the source is read once.</summary>
    internal void AppendSamples(IncrementalHash hash)
    {
        DatasetHash.AppendHeader(hash, "map", SampleShape, Classes);
        using var one = new BatchBuffer(Fields, 1);
        for (int i = 0; i < Count; i++)
        {
            Gather([i], ChannelScale.Identity, one);
            foreach (Field field in Fields)
            {
                hash.AppendData(field.Type == ElementType.Float32 ? MemoryMarshal.AsBytes(one.Floats(field.Name)) : MemoryMarshal.AsBytes(one.Longs(field.Name)));
            }
        }
    }

    /// <summary>Adds the source and, as a function can't be hashed, every input that it makes.</summary>
    public void AppendTo(IncrementalHash hash)
    {
        DatasetHash.AppendHeader(hash, "map", SampleShape, Classes);
        _source.AppendTo(hash);
        using var one = new BatchBuffer(Fields, 1);
        for (int i = 0; i < Count; i++)
        {
            Gather([i], ChannelScale.Identity, one);
            hash.AppendData(MemoryMarshal.AsBytes(one.Floats(Field.Input)));
        }
    }
}
