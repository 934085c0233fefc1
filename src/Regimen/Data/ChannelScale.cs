namespace Regimen.Data;

/// <summary>Scales values to <c>value · scale + offset</c>, with one pair per channel or one pair for all channels.</summary>
/// <remarks>The product is rounded before the sum (never fused), so that every vector width gives the same bits.</remarks>
public sealed class ChannelScale
{
    private readonly (float Scale, float Offset)[] _pairs;

    /// <summary>Creates a scale with one pair, or as many pairs as there are channels.</summary>
    public ChannelScale(IReadOnlyList<float> scale, IReadOnlyList<float> offset)
    {
        ArgumentOutOfRangeException.ThrowIfZero(scale.Count, nameof(scale));
        ArgumentOutOfRangeException.ThrowIfNotEqual(offset.Count, scale.Count, nameof(offset));
        Scale = scale;
        Offset = offset;
        _pairs = [.. scale.Zip(offset)];
    }

    /// <summary>Creates a scale from means and standard deviations: one pair for all values, one per channel, or one per value.</summary>
    internal ChannelScale(double[] mean, double[] std, bool isPerValue)
        : this([.. std.Select(s => (float)(1 / s))], [.. mean.Zip(std, (m, s) => (float)(-m / s))])
    {
        Mean = mean;
        Std = std;
        IsPerValue = isPerValue;
    }

    /// <summary>The scale that leaves values unchanged.</summary>
    public static ChannelScale Identity { get; } = new([1f], [0f]);

    /// <summary>The factors, one per channel or one for all.</summary>
    public IReadOnlyList<float> Scale { get; }

    /// <summary>The offsets, one per channel or one for all.</summary>
    public IReadOnlyList<float> Offset { get; }

    /// <summary>The means of <c>(value − mean) / std</c>, for values that float32 can't represent exactly; null if unknown.</summary>
    internal double[]? Mean { get; }

    /// <summary>The standard deviations that belong to <see cref="Mean"/>.</summary>
    internal double[]? Std { get; }

    /// <summary>Whether each value of a sample has its own pair. Only data sets whose input field <see cref="Field.ScalesEachValue"/> get such a
    /// scale.</summary>
    internal bool IsPerValue { get; }

    /// <summary>Returns the pair of a channel.</summary>
    public (float Scale, float Offset) this[int channel] => _pairs[_pairs.Length == 1 ? 0 : channel];

    /// <summary>Scales one sample in double precision, for values that float32 can't represent exactly; the result is rounded once.</summary>
    /// <exception cref="InvalidOperationException">The means are not known.</exception>
    internal void Apply(ReadOnlySpan<double> input, Span<float> output)
    {
        if (Mean is null || Std is null)
        {
            throw new InvalidOperationException("This scale has no means.");
        }

        int area = input.Length / Mean.Length;
        for (int group = 0; group < Mean.Length; group++)
        {
            (double mean, double std) = (Mean[group], Std[group]);
            for (int i = group * area; i < (group + 1) * area; i++)
            {
                output[i] = (float)((input[i] - mean) / std);
            }
        }
    }

    /// <summary>Returns the original of a scaled value, in double precision.</summary>
    /// <param name="scaled">The scaled value.</param>
    /// <param name="index">Its index in the sample.</param>
    /// <param name="size">The number of values in a sample.</param>
    internal double Undo(float scaled, int index, int size)
    {
        int group = index / (size / Mean!.Length);
        return (scaled * Std![group]) + Mean[group];
    }

    /// <summary>Scales one sample.</summary>
    /// <param name="input">The sample's values.</param>
    /// <param name="output">The scaled values; it may be the same memory.</param>
    /// <param name="shape">The sample's shape, which determines the channels.</param>
    public unsafe void Apply(ReadOnlySpan<float> input, Span<float> output, SampleShape shape)
    {
        int channels = Scale.Count == 1 ? 1 : shape.Channels;
        int area = shape.Elements / channels;
        for (int channel = 0; channel < channels; channel++)
        {
            (float scale, float offset) = this[channel];
            ReadOnlySpan<float> from = input.Slice(channel * area, area);
            Span<float> to = output.Slice(channel * area, area);
            fixed (float* source = from)
            fixed (float* target = to)
            {
                FloatKernel.Scale(source, target, area, scale, offset, null);
            }
        }
    }
}
