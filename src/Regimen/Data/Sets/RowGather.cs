
namespace Regimen.Data;

/// <summary>Copies rows of a set in memory, in any order, into the first rows of a batch, each value as <c>value · scale + offset</c> of
/// its channel. While a row is copied a later one is brought closer.</summary>
internal static unsafe class RowGather
{
    /// <summary>From bytes, which count as 0 to 1.</summary>
    /// <param name="set">All rows, one after the other.</param>
    /// <param name="count">How many rows there are.</param>
    /// <param name="shape">The shape of a row.</param>
    /// <param name="indices">The rows wanted.</param>
    /// <param name="scale">What to do with the values.</param>
    /// <param name="into">Where they go.</param>
    public static void Pixels(byte* set, int count, SampleShape shape, ReadOnlySpan<int> indices, ChannelScale scale, Span<float> into)
    {
        Check(indices, count, shape, into);
        int size = shape.Elements;
        int channels = scale.Scale.Count == 1 ? 1 : shape.Channels;
        int area = size / channels;
        int lead = Prefetch.Lead(size);
        for (int row = 0; row < Math.Min(lead, indices.Length); row++)
        {
            Prefetch.Row(set + ((long)indices[row] * size), size);
        }

        fixed (float* target = into)
        {
            for (int row = 0; row < indices.Length; row++)
            {
                byte* from = set + ((long)indices[row] * size);
                byte* ahead = row + lead < indices.Length ? set + ((long)indices[row + lead] * size) : null;
                float* to = target + ((long)row * size);
                for (int channel = 0; channel < channels; channel++)
                {
                    (float factor, float offset) = scale[channel];
                    int start = channel * area;
                    int near = Near(ahead, area, sizeof(byte));
                    PixelKernel.Scale(from + start, to + start, near, factor / 255f, offset, ahead is null ? null : ahead + start);
                    PixelKernel.Scale(from + start + near, to + start + near, area - near, factor / 255f, offset, null);
                }
            }
        }
    }

    /// <inheritdoc cref="Pixels"/>
    /// <summary>From floats.</summary>
    public static void Floats(float* set, int count, SampleShape shape, ReadOnlySpan<int> indices, ChannelScale scale, Span<float> into)
    {
        Check(indices, count, shape, into);
        int size = shape.Elements;
        bool asTheyAre = ReferenceEquals(scale, ChannelScale.Identity);
        int channels = scale.Scale.Count == 1 ? 1 : shape.Channels;
        int area = size / channels;
        int lead = Prefetch.Lead((long)size * sizeof(float));
        for (int row = 0; row < Math.Min(lead, indices.Length); row++)
        {
            Prefetch.Row(set + ((long)indices[row] * size), (long)size * sizeof(float));
        }

        fixed (float* target = into)
        {
            for (int row = 0; row < indices.Length; row++)
            {
                float* from = set + ((long)indices[row] * size);
                float* ahead = row + lead < indices.Length ? set + ((long)indices[row + lead] * size) : null;
                float* to = target + ((long)row * size);
                for (int channel = 0; channel < channels; channel++)
                {
                    int start = channel * area;
                    int near = Near(ahead, area, sizeof(float));
                    int far = start + near;
                    float* aheadOfChannel = ahead is null ? null : ahead + start;
                    if (asTheyAre)
                    {
                        FloatKernel.Copy(from + start, to + start, near, aheadOfChannel);
                        FloatKernel.Copy(from + far, to + far, area - near, null);
                    }
                    else
                    {
                        (float factor, float offset) = scale[channel];
                        FloatKernel.Scale(from + start, to + start, near, factor, offset, aheadOfChannel);
                        FloatKernel.Scale(from + far, to + far, area - near, factor, offset, null);
                    }
                }
            }
        }
    }

    private static int Near(void* ahead, int area, int valueBytes) => ahead is null ? 0 : Math.Min(area, Prefetch.Reach / valueBytes);

    private static void Check(ReadOnlySpan<int> indices, int count, SampleShape shape, Span<float> into)
    {
        if (indices.ContainsAnyExceptInRange(0, count - 1))
        {
            throw new ArgumentOutOfRangeException(nameof(indices), $"Expected sample indices from 0 to {count - 1}.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(into.Length, (long)indices.Length * shape.Elements, nameof(into));
    }
}
