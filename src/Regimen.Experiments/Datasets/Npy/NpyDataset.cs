using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>A data set of the samples of an npy file, <c>[samples, …shape]</c>, with targets in memory. Samples of a large file are read on
/// demand, so the file may be larger than memory.</summary>
internal sealed class NpyDataset : IDataset
{
    private readonly NpyFile _inputs;
    private readonly bool _roundFirst;
    private NpyTargets _targets;
    private Field[] _fields;

    /// <param name="inputs">The inputs. The data set takes ownership.</param>
    /// <param name="targets">The targets, one per sample.</param>
    /// <param name="roundFirst">Whether values are rounded to float32 before normalisation, not after.</param>
    internal NpyDataset(NpyFile inputs, NpyTargets targets, bool roundFirst = false)
    {
        _inputs = inputs;
        _targets = targets;
        _roundFirst = roundFirst;
        SampleShape = inputs.Shape.Count == 1 ? new SampleShape(1) : new SampleShape([.. inputs.Shape.Skip(1)]);
        _fields = [Field.Inputs(SampleShape) with { ScalesEachValue = !roundFirst }, targets.Field];
    }

    /// <inheritdoc/>
    public int Count => _inputs.Shape[0];

    /// <inheritdoc/>
    public IReadOnlyList<Field> Fields => _fields;

    /// <inheritdoc/>
    public SampleShape SampleShape { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes => _targets.Classes;

    /// <inheritdoc/>
    public IReadOnlyList<int>? Labels => _targets.Labels.Length > 0 ? _targets.Labels : null;

    /// <inheritdoc/>
    public string Origin(int index) => string.Create(CultureInfo.InvariantCulture, $"{_inputs.Path}[{index}]");

    /// <inheritdoc/>
    public unsafe void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        _inputs.RequireUnchanged();
        _targets.Gather(indices, into);
        Span<float> inputs = into.Floats(Field.Input);
        if (scale.IsPerValue || (scale.Mean is not null && IsNormalizedInDouble))
        {
            GatherInDouble(indices, scale, inputs);
        }
        else if (_inputs.Floats is var floats && floats is not null)
        {
            RowGather.Floats(floats, Count, SampleShape, indices, scale, inputs);
            GC.KeepAlive(_inputs);
        }
        else
        {
            GatherOneByOne(indices, scale, inputs);
        }
    }

    /// <summary>Whether values are normalised in float64, because float32 would lose precision.</summary>
    internal bool IsNormalizedInDouble => _inputs.IsWide && !_roundFirst;

    /// <summary>The targets in their original units, before scaling; null for targets that are not scaled, or already are.</summary>
    internal double[]? TargetsToScale => _targets.ToScale;

    /// <summary>Scales the targets. Must be called at most once, before the data set is used.</summary>
    internal void ScaleTargets(TargetScale scale)
    {
        _targets = _targets.Scaled(scale);
        _fields = [_fields[0], _targets.Field];
    }

    private void GatherInDouble(ReadOnlySpan<int> indices, ChannelScale scale, Span<float> inputs)
    {
        int size = SampleShape.Elements;
        double[] rented = ArrayPool<double>.Shared.Rent(size);
        Span<double> sample = rented.AsSpan(0, size);
        for (int row = 0; row < indices.Length; row++)
        {
            _inputs.CopyTo((long)indices[row] * size, sample);
            scale.Apply(sample, inputs.Slice(row * size, size));
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    private void GatherOneByOne(ReadOnlySpan<int> indices, ChannelScale scale, Span<float> inputs)
    {
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
    }

    /// <inheritdoc/>
    public void AppendTo(IncrementalHash hash)
    {
        const int Together = 1 << 16;
        _inputs.RequireUnchanged();
        DatasetHash.AppendHeader(hash, $"npy {_inputs.Type}", SampleShape, Classes);
        _targets.AppendTo(hash);
        byte[] bytes = new byte[Together * _inputs.ElementSize];
        for (long first = 0; first < _inputs.Elements; first += Together)
        {
            Span<byte> values = bytes.AsSpan(0, (int)Math.Min(Together, _inputs.Elements - first) * _inputs.ElementSize);
            _inputs.Read(first, values);
            hash.AppendData(values);
        }
    }

    /// <summary>Computes statistics of the values of the given samples: one for all, one per channel, or one per value of a sample.</summary>
    internal RunningStatistics[] Measure(ReadOnlySpan<int> indices, int groups)
    {
        var moments = new RunningStatistics[groups];
        int size = SampleShape.Elements;
        int together = size / groups;
        double[] sample = new double[size];
        float[] rounded = new float[_roundFirst ? size : 0];
        foreach (int index in indices)
        {
            if (_roundFirst)
            {
                _inputs.CopyTo((long)index * size, rounded);
                for (int i = 0; i < size; i++)
                {
                    sample[i] = rounded[i];
                }
            }
            else
            {
                _inputs.CopyTo((long)index * size, sample);
            }

            for (int group = 0; group < groups; group++)
            {
                moments[group].Add(sample.AsSpan(group * together, together));
            }
        }

        return moments;
    }
}
