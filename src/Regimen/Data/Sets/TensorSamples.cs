using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Data;

/// <summary>Creates data sets from tensors and sequences. The values are copied.</summary>
public static class TensorSamples
{
    /// <summary>Creates a data set from two tensors.</summary>
    /// <param name="inputs"><c>[samples, …shape]</c>, of any dtype; converted to float32.</param>
    /// <param name="targets">Class indices <c>[samples]</c>, int64; or numbers <c>[samples, …]</c>, or 0 and 1 <c>[samples, labels]</c>,
    /// float32.</param>
    /// <param name="classes">The names of the classes or labels. Null names classes by their index, and makes float32 targets numbers.</param>
    /// <exception cref="ArgumentException">The tensors differ in their number of samples, or a target is not a class or label.</exception>
    public static ArrayDataset ToDataset(Tensor inputs, Tensor targets, IReadOnlyList<string>? classes = null)
    {
        if (inputs.dim() == 0 || targets.dim() == 0 || inputs.size(0) != targets.size(0))
        {
            throw new ArgumentException(
                $"Expected as many targets as inputs; received [{string.Join(", ", inputs.shape)}] and [{string.Join(", ", targets.shape)}].", nameof(targets));
        }

        using DisposeScope scope = NewDisposeScope();
        float[] values = TensorMemory.Span<float>(inputs.detach().to(ScalarType.Float32).cpu().contiguous()).ToArray();
        SampleShape shape = inputs.dim() == 1 ? new(1) : Shape(inputs);
        if (targets.dtype == ScalarType.Int64 && targets.dim() == 1)
        {
            int[] labels = [.. TensorMemory.Span<long>(targets.cpu().contiguous()).ToArray().Select(l => checked((int)l))];
            classes ??= [.. Enumerable.Range(0, labels.DefaultIfEmpty(-1).Max() + 1).Select(c => $"{c}")];
            return ArrayDataset.ForClassification(values, labels, shape, classes);
        }

        if (targets.dtype != ScalarType.Float32)
        {
            throw new ArgumentException($"Expected int64 [samples] or float32 targets; received {targets.dtype} [{string.Join(", ", targets.shape)}].", nameof(targets));
        }

        float[] numbers = TensorMemory.Span<float>(targets.detach().cpu().contiguous()).ToArray();
        return classes is null
            ? ArrayDataset.ForRegression(values, numbers, shape, targets.dim() == 1 ? SampleShape.Scalar : Shape(targets))
            : ArrayDataset.ForMultilabel(values, numbers, shape, classes);
    }

    /// <summary>Creates a data set with one class per sample from a sequence, which is enumerated once.</summary>
    /// <param name="samples">The values of each sample and its class index.</param>
    /// <param name="shape">The shape of a sample.</param>
    /// <param name="classes">The names of the classes.</param>
    /// <exception cref="ArgumentException">A sample has another number of values, or a label is not a class index.</exception>
    public static ArrayDataset ToDataset(this IEnumerable<(float[] Input, int Label)> samples, SampleShape shape, IReadOnlyList<string> classes)
    {
        var labels = new List<int>();
        float[] inputs = Collect(samples.Select(s => (s.Input, s.Label)), shape, labels);
        return ArrayDataset.ForClassification(inputs, [.. labels], shape, classes);
    }

    /// <summary>Creates a data set with target values for each sample from a sequence, which is enumerated once.</summary>
    /// <param name="samples">The values of each sample and its target values.</param>
    /// <param name="shape">The shape of a sample.</param>
    /// <param name="targetShape">The shape of a target; <see cref="SampleShape.Scalar"/> for one number.</param>
    /// <exception cref="ArgumentException">A sample or a target has another number of values.</exception>
    public static ArrayDataset ToDataset(this IEnumerable<(float[] Input, float[] Target)> samples, SampleShape shape, SampleShape targetShape)
    {
        var targets = new List<float[]>();
        float[] inputs = Collect(samples.Select(s => (s.Input, s.Target)), shape, targets);
        int wrong = targets.FindIndex(t => t.Length != targetShape.Elements);
        return wrong < 0
            ? ArrayDataset.ForRegression(inputs, [.. targets.SelectMany(t => t)], shape, targetShape)
            : throw new ArgumentException($"Expected {targetShape.Elements} target values; received {targets[wrong].Length} for sample {wrong}.", nameof(samples));
    }

    private static float[] Collect<T>(IEnumerable<(float[] Input, T Target)> samples, SampleShape shape, List<T> targets)
    {
        var inputs = new List<float>();
        foreach ((float[] input, T target) in samples)
        {
            if (input.Length != shape.Elements)
            {
                throw new ArgumentException($"Expected {shape.Elements} values per sample; received {input.Length} for sample {targets.Count}.", nameof(samples));
            }

            inputs.AddRange(input);
            targets.Add(target);
        }

        return [.. inputs];
    }

    private static SampleShape Shape(Tensor tensor) => new([.. tensor.shape.Skip(1).Select(d => (int)d)]);
}
