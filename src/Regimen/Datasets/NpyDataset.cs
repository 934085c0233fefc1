using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>Samples that stay in a mapped npy file, <c>[samples, …shape]</c>, with their targets in memory. A sample is read when it is
/// gathered: the set may be larger than memory.</summary>
public sealed class NpyDataset : IDataset
{
    private readonly NpyFile _inputs;
    private readonly NpyTargets _targets;

    internal NpyDataset(NpyFile inputs, NpyTargets targets)
    {
        _inputs = inputs;
        _targets = targets;
        SampleShape = inputs.Shape.Count == 1 ? new SampleShape(1) : new SampleShape([.. inputs.Shape.Skip(1)]);
        Fields = [Field.Inputs(SampleShape), targets.Field];
    }

    /// <inheritdoc/>
    public int Count => _inputs.Shape[0];

    /// <inheritdoc/>
    public IReadOnlyList<Field> Fields { get; }

    /// <inheritdoc/>
    public SampleShape SampleShape { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes => _targets.Classes;

    /// <inheritdoc/>
    public IReadOnlyList<int>? Labels => _targets.Labels.Length > 0 ? _targets.Labels : null;

    /// <inheritdoc/>
    public string Origin(int index) => string.Create(CultureInfo.InvariantCulture, $"{_inputs.Path}[{index}]");

    /// <inheritdoc/>
    public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        Span<float> inputs = into.Floats(Field.Input);
        int size = SampleShape.Elements;
        bool asTheyAre = ReferenceEquals(scale, ChannelScale.Identity);
        for (int row = 0; row < indices.Length; row++)
        {
            Span<float> to = inputs.Slice(row * size, size);
            _inputs.CopyTo((long)indices[row] * size, to);
            if (!asTheyAre)
            {
                scale.Apply(to, to, SampleShape);
            }
        }

        _targets.Gather(indices, into);
        GC.KeepAlive(_inputs);
    }

    /// <inheritdoc/>
    public void AppendTo(IncrementalHash hash)
    {
        const int Together = 1 << 16;
        DatasetHash.AppendHeader(hash, $"npy {_inputs.Type}", SampleShape, Classes);
        _targets.AppendTo(hash);
        for (long first = 0; first < _inputs.Elements; first += Together)
        {
            hash.AppendData(_inputs.Bytes(first, (int)Math.Min(Together, _inputs.Elements - first)));
        }

        GC.KeepAlive(_inputs);
    }

    /// <summary>Mean and deviation of the given samples' values: one for all, one a channel, or one a value of a sample.</summary>
    internal Moments[] Measure(ReadOnlySpan<int> indices, int groups)
    {
        var moments = new Moments[groups];
        int size = SampleShape.Elements;
        int together = size / groups;
        float[] sample = new float[size];
        foreach (int index in indices)
        {
            _inputs.CopyTo((long)index * size, sample);
            for (int group = 0; group < groups; group++)
            {
                moments[group].Add(sample.AsSpan(group * together, together));
            }
        }

        GC.KeepAlive(_inputs);
        return moments;
    }
}

/// <summary>What the samples of a npy data set should be answered with.</summary>
internal sealed record NpyTargets(Field Field, IReadOnlyList<string> Classes, int[] Labels, float[] Values)
{
    public void Gather(ReadOnlySpan<int> indices, BatchBuffer into)
    {
        if (Field.Type == ElementType.Int64)
        {
            Span<long> labels = into.Longs(Field.Name);
            for (int row = 0; row < indices.Length; row++)
            {
                labels[row] = Labels[indices[row]];
            }

            return;
        }

        Span<float> values = into.Floats(Field.Name);
        int size = Field.Shape.Elements;
        for (int row = 0; row < indices.Length; row++)
        {
            Values.AsSpan(indices[row] * size, size).CopyTo(values[(row * size)..]);
        }
    }

    public void AppendTo(IncrementalHash hash)
    {
        hash.AppendData(MemoryMarshal.AsBytes(Labels.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(Values.AsSpan()));
    }
}
