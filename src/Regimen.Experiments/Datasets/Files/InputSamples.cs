using System.Security.Cryptography;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>A few samples of numbers in memory, without targets. They are normalised as the samples of an npy file: numbers that float32 can't
/// represent exactly in double precision.</summary>
internal sealed class InputSamples : IDataset
{
    private readonly float[]? _floats;
    private readonly double[]? _doubles;
    private readonly Func<int, string> _origin;

    private InputSamples(float[]? floats, double[]? doubles, SampleShape shape, bool roundFirst, Func<int, string>? origin)
    {
        (_floats, _doubles) = (floats, doubles);
        SampleShape = shape;
        Fields = [Field.Inputs(shape) with { ScalesEachValue = !roundFirst }];
        _origin = origin ?? (index => $"sample {index}, counted from 0");
        Count = (floats?.Length ?? doubles!.Length) / shape.Elements;
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Field> Fields { get; }

    /// <inheritdoc/>
    public SampleShape SampleShape { get; }

    /// <summary>Creates samples over an array, which is not copied.</summary>
    /// <param name="values">The values of all samples, one sample after the other.</param>
    /// <param name="shape">The shape of one sample.</param>
    /// <param name="roundFirst">Whether values are rounded to float32 before they are normalised.</param>
    /// <param name="origin">Names a sample in messages; null for its number.</param>
    public static InputSamples Of(float[] values, SampleShape shape, bool roundFirst = false, Func<int, string>? origin = null) => new(values, null, shape, roundFirst, origin);

    /// <inheritdoc cref="Of(float[], SampleShape, bool, Func{int, string})"/>
    public static InputSamples Of(double[] values, SampleShape shape, bool roundFirst, Func<int, string>? origin = null)
        => roundFirst ? new(Array.ConvertAll(values, v => (float)v), null, shape, roundFirst, origin) : new(null, values, shape, roundFirst, origin);

    /// <inheritdoc/>
    public string Origin(int index) => _origin(index);

    /// <inheritdoc/>
    public unsafe void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        Span<float> inputs = into.Floats(Field.Input);
        if (_floats is not null && !scale.IsPerValue)
        {
            RequireFinite(indices, i => float.IsFinite(_floats[i]));
            fixed (float* values = _floats)
            {
                RowGather.Floats(values, Count, SampleShape, indices, scale, inputs);
            }

            return;
        }

        int size = SampleShape.Elements;
        double[] values64 = _doubles ?? Array.ConvertAll(_floats!, v => (double)v);
        RequireFinite(indices, i => float.IsFinite((float)values64[i]));
        for (int row = 0; row < indices.Length; row++)
        {
            ReadOnlySpan<double> sample = values64.AsSpan(indices[row] * size, size);
            Span<float> to = inputs.Slice(row * size, size);
            if (scale.Mean is not null)
            {
                scale.Apply(sample, to);
                continue;
            }

            for (int i = 0; i < size; i++)
            {
                to[i] = (float)sample[i];
            }
        }
    }

    /// <inheritdoc/>
    public void AppendTo(IncrementalHash hash) => throw new NotSupportedException("Samples to predict have no fingerprint.");

    private void RequireFinite(ReadOnlySpan<int> indices, Func<int, bool> isFinite)
    {
        int size = SampleShape.Elements;
        foreach (int index in indices)
        {
            for (int i = index * size; i < (index + 1) * size; i++)
            {
                if (!isFinite(i))
                {
                    throw new RequestException(new Problem("A value is not a finite float32")
                    {
                        Where = $"{Origin(index)}, value {i - (index * size)}",
                        Expected = "a finite number",
                    });
                }
            }
        }
    }
}
