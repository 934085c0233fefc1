
namespace Regimen.Data;

/// <summary>Copies rows of a data set in memory, in any order, into the first rows of a batch, each value as <c>value · scale + offset</c> of
/// its channel. While a row is copied, a later one is prefetched.</summary>
internal static unsafe class RowGather
{
    /// <summary>Copies rows of bytes, which are scaled to 0…1.</summary>
    /// <param name="set">All rows, one after the other.</param>
    /// <param name="count">The number of rows.</param>
    /// <param name="shape">The shape of a row.</param>
    /// <param name="indices">The rows to copy.</param>
    /// <param name="scale">The scale of the values.</param>
    /// <param name="into">The copied rows.</param>
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
    /// <summary>Copies rows of floats.</summary>
    public static void Floats(float* set, int count, SampleShape shape, ReadOnlySpan<int> indices, ChannelScale scale, Span<float> into)
    {
        Check(indices, count, shape, into);
        int size = shape.Elements;
        bool isUnscaled = ReferenceEquals(scale, ChannelScale.Identity);
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
                    if (isUnscaled)
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
