using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Regimen.Data;

/// <summary>Computes the input of a sample from another input. It must be deterministic and thread-safe.</summary>
/// <param name="input">The values of the source.</param>
/// <param name="output">The new values; all must be written.</param>
public delegate void SampleMap(ReadOnlySpan<float> input, Span<float> output);

/// <summary>A data set whose inputs are computed from those of another one each time a sample is read. For a change that differs from epoch to
/// epoch use an <see cref="ITransform"/> instead.</summary>
public sealed class MapDataset : IDataset
{
    private readonly IDataset _source;
    private readonly SampleMap _map;

    /// <summary>Creates a data set with the samples of <paramref name="source"/> and other inputs.</summary>
    /// <param name="source">The source; its targets stay unchanged.</param>
    /// <param name="shape">The shape of a new input.</param>
    /// <param name="map">Computes a new input.</param>
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
            raw.CopyTo(into, field, indices.Length);
        }
    }

    /// <summary>Adds every computed sample with its target to a hash, reading the source once.</summary>
    internal void AppendSamples(IncrementalHash hash)
    {
        DatasetHash.AppendHeader(hash, "map", SampleShape, Classes);
        using var one = new BatchBuffer(Fields, 1);
        for (int i = 0; i < Count; i++)
        {
            Gather([i], ChannelScale.Identity, one);
            foreach (Field field in Fields)
            {
                hash.AppendData(field.Type switch
                {
                    ElementType.Float32 => MemoryMarshal.AsBytes(one.Floats(field.Name)),
                    ElementType.Int64 => MemoryMarshal.AsBytes(one.Longs(field.Name)),
                    _ => one.Bytes(field.Name),
                });
            }
        }
    }

    /// <summary>Adds the source and, because a function can't be hashed, every computed input to a hash.</summary>
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
