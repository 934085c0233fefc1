using System.Buffers;

namespace Regimen.Transforms;

/// <summary>Resizes planes of numbers as PyTorch's bilinear <c>interpolate</c> with <c>antialias</c>, up to rounding.</summary>
internal sealed class FloatResampler(int height, int width, int newHeight, int newWidth)
{
    private readonly ResampleTaps _columns = new(width, newWidth);
    private readonly ResampleTaps _rows = new(height, newHeight);

    /// <summary>Whether it resizes planes of this size.</summary>
    public bool IsFor(int planeHeight, int planeWidth) => planeHeight == _rows.From && planeWidth == _columns.From;

    /// <summary>Resamples one plane, <c>[height, width]</c> to <c>[new height, new width]</c>.</summary>
    public void Apply(ReadOnlySpan<float> plane, Span<float> output)
    {
        float[] narrowed = ArrayPool<float>.Shared.Rent(_rows.From * _columns.To);
        try
        {
            for (int y = 0; y < _rows.From; y++)
            {
                ResampleRow(plane.Slice(y * _columns.From, _columns.From), narrowed.AsSpan(y * _columns.To, _columns.To));
            }

            output.Clear();
            for (int y = 0; y < _rows.To; y++)
            {
                AddRows(narrowed, y, output.Slice(y * _columns.To, _columns.To));
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(narrowed);
        }
    }

    private void ResampleRow(ReadOnlySpan<float> from, Span<float> to)
    {
        for (int x = 0; x < to.Length; x++)
        {
            ReadOnlySpan<double> weights = _columns.Weights(x);
            ReadOnlySpan<float> values = from.Slice(_columns.Start(x), weights.Length);
            double sum = 0;
            for (int i = 0; i < values.Length; i++)
            {
                sum += values[i] * weights[i];
            }

            to[x] = (float)sum;
        }
    }

    private void AddRows(float[] rows, int y, Span<float> to)
    {
        ReadOnlySpan<double> weights = _rows.Weights(y);
        for (int i = 0; i < weights.Length; i++)
        {
            ReadOnlySpan<float> row = rows.AsSpan((_rows.Start(y) + i) * to.Length, to.Length);
            float weight = (float)weights[i];
            for (int x = 0; x < to.Length; x++)
            {
                to[x] += row[x] * weight;
            }
        }
    }
}
