using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Regimen.Data;

/// <summary>A data set of float arrays in memory, with a class or target values per sample: any table, signal or image of floats.</summary>
public sealed class ArrayDataset : IDataset
{
    private readonly float[] _inputs;
    private readonly int[] _labels;
    private readonly float[] _values;
    private readonly int _targetSize;

    private ArrayDataset(float[] inputs, int count, SampleShape shape, IReadOnlyList<string> classes, int[] labels, float[] values, Field target)
    {
        if (inputs.LongLength != (long)count * shape.Elements)
        {
            throw new ArgumentException($"Expected {count} samples of {shape.Elements} numbers; received {inputs.LongLength} numbers.", nameof(inputs));
        }

        _inputs = inputs;
        _labels = labels;
        _values = values;
        _targetSize = target.Shape.Elements;
        Count = count;
        SampleShape = shape;
        Classes = classes;
        Fields = [Field.Inputs(shape), target];
    }

    /// <inheritdoc/>
    public bool IsInMemory => true;

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Field> Fields { get; }

    /// <inheritdoc/>
    public SampleShape SampleShape { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Creates a data set with one class per sample. The arrays are not copied.</summary>
    /// <param name="inputs">The values of all samples, one sample after the other.</param>
    /// <param name="labels">The class index of each sample.</param>
    /// <param name="shape">The shape of one sample.</param>
    /// <param name="classes">The names of the classes.</param>
    /// <exception cref="ArgumentException">The lengths are inconsistent, or a label is not a class index.</exception>
    public static ArrayDataset ForClassification(float[] inputs, int[] labels, SampleShape shape, IReadOnlyList<string> classes)
    {
        ClassLabels.Check(labels, classes.Count);
        return new(inputs, labels.Length, shape, classes, labels, [], Field.ClassIndex);
    }

    /// <summary>Creates a data set of table rows with one class each. The classes are named by their index.</summary>
    /// <param name="inputs"><c>[samples, features]</c>.</param>
    /// <param name="labels">The class index of each row, from 0.</param>
    public static ArrayDataset ForClassification(float[,] inputs, int[] labels)
    {
        int classes = labels.Length == 0 ? 0 : labels.Max() + 1;
        return ForClassification(
            Flatten(inputs), labels, new SampleShape(inputs.GetLength(1)), [.. Enumerable.Range(0, classes).Select(c => $"{c}")]);
    }

    /// <summary>Creates a data set with target values for each sample. The arrays are not copied.</summary>
    /// <param name="inputs">The values of all samples, one sample after the other.</param>
    /// <param name="targets">The target values of all samples, one sample after the other.</param>
    /// <param name="shape">The shape of one sample.</param>
    /// <param name="targetShape">The shape of one target: <see cref="SampleShape.Scalar"/> or, for example, <c>[2]</c>.</param>
    /// <exception cref="ArgumentException">The lengths are inconsistent.</exception>
    public static ArrayDataset ForRegression(float[] inputs, float[] targets, SampleShape shape, SampleShape targetShape)
    {
        if (targets.Length % targetShape.Elements != 0)
        {
            throw new ArgumentException($"Expected {targetShape.Elements} target values per sample; received {targets.Length} in total.", nameof(targets));
        }

        return new(inputs, targets.Length / targetShape.Elements, shape, [], [], targets, new Field(Field.Target, targetShape, ElementType.Float32));
    }

    /// <summary>Creates a data set with target values that are scaled for the objective; metrics are in the targets' own units.</summary>
    /// <param name="inputs">The values of all samples, one sample after the other; not copied.</param>
    /// <param name="targets">The target values of all samples in their own units, one sample after the other.</param>
    /// <param name="shape">The shape of one sample.</param>
    /// <param name="targetShape">The shape of one target: <see cref="SampleShape.Scalar"/> or, for example, <c>[2]</c>.</param>
    /// <param name="scale">The scale of the targets, see <see cref="TargetScale.Fit"/>; null leaves them unchanged.</param>
    /// <exception cref="ArgumentException">The lengths are inconsistent.</exception>
    public static ArrayDataset ForRegression(float[] inputs, ReadOnlySpan<double> targets, SampleShape shape, SampleShape targetShape, TargetScale? scale)
    {
        if (targets.Length % targetShape.Elements != 0)
        {
            throw new ArgumentException($"Expected {targetShape.Elements} target values per sample; received {targets.Length} in total.", nameof(targets));
        }

        var values = new float[targets.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = scale?.To(targets[i], i % targetShape.Elements) ?? (float)targets[i];
        }

        return new(
            inputs, targets.Length / targetShape.Elements, shape, [], [], values, new Field(Field.Target, targetShape, ElementType.Float32) { Scale = scale });
    }

    /// <summary>Creates a data set with any number of labels per sample. The arrays are not copied.</summary>
    /// <param name="inputs">The values of all samples, one sample after the other.</param>
    /// <param name="targets"><c>[samples, labels]</c>: 1 where a sample has the label, otherwise 0.</param>
    /// <param name="shape">The shape of one sample.</param>
    /// <param name="labels">The names of the labels.</param>
    /// <exception cref="ArgumentException">The lengths are inconsistent, or a target is neither 0 nor 1.</exception>
    public static ArrayDataset ForMultilabel(float[] inputs, float[] targets, SampleShape shape, IReadOnlyList<string> labels)
    {
        ArgumentOutOfRangeException.ThrowIfZero(labels.Count, nameof(labels));
        int wrong = targets.AsSpan().IndexOfAnyExcept(0f, 1f);
        if (wrong >= 0 || targets.Length % labels.Count != 0)
        {
            throw new ArgumentException(
                wrong >= 0
                    ? $"Expected 0 or 1; received {targets[wrong]} for sample {wrong / labels.Count}."
                    : $"Expected {labels.Count} targets per sample; received {targets.Length} in total.",
                nameof(targets));
        }

        var target = new Field(Field.Target, new SampleShape(labels.Count), ElementType.Float32);
        return new(inputs, targets.Length / labels.Count, shape, labels, [], targets, target);
    }

    /// <inheritdoc/>
    public IReadOnlyList<int>? Labels => _labels.Length > 0 ? _labels : null;

    /// <inheritdoc/>
    public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        GatherInputs(indices, scale, into);
        GatherTargets(indices, into);
    }

    /// <inheritdoc/>
    public void AppendTo(IncrementalHash hash)
    {
        DatasetHash.AppendHeader(hash, "arrays", SampleShape, Classes);
        hash.AppendData(MemoryMarshal.AsBytes(_labels.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(_values.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(_inputs.AsSpan()));
    }

    /// <summary>Writes the inputs of samples, as <see cref="Gather"/> does.</summary>
    internal unsafe void GatherInputs(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        fixed (float* inputs = _inputs)
        {
            RowGather.Floats(inputs, Count, SampleShape, indices, scale, into.Floats(Field.Input));
        }
    }

    /// <summary>Writes the targets of samples, as <see cref="Gather"/> does.</summary>
    internal void GatherTargets(ReadOnlySpan<int> indices, BatchBuffer into)
    {
        if (_labels.Length > 0)
        {
            Span<long> targets = into.Longs(Field.Target);
            for (int row = 0; row < indices.Length; row++)
            {
                targets[row] = _labels[indices[row]];
            }
        }
        else
        {
            Span<float> targets = into.Floats(Field.Target);
            for (int row = 0; row < indices.Length; row++)
            {
                _values.AsSpan(indices[row] * _targetSize, _targetSize).CopyTo(targets.Slice(row * _targetSize, _targetSize));
            }
        }
    }

    private static float[] Flatten(float[,] rows)
    {
        var flat = new float[rows.Length];
        Buffer.BlockCopy(rows, 0, flat, 0, rows.Length * sizeof(float));
        return flat;
    }
}
