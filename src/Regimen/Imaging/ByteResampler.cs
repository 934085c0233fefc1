using System.Buffers;

namespace Regimen.Imaging;

/// <summary>Gives planes of bytes another size. The arithmetic is in whole numbers, rounded to a byte after the columns and again after
/// the rows, and gives the bytes that Pillow's <c>resize(…, BILINEAR)</c> gives.</summary>
internal sealed class ByteResampler
{
    // What is left of 32 bits for the weights: eight are the pixel's, two guard the sum.
    private const int Precision = 22;
    private readonly ResampleTaps _columns;
    private readonly ResampleTaps _rows;
    private readonly int[][] _columnWeights;
    private readonly int[][] _rowWeights;

    public ByteResampler(int height, int width, int newHeight, int newWidth)
    {
        _columns = new ResampleTaps(width, newWidth);
        _rows = new ResampleTaps(height, newHeight);
        _columnWeights = FixedPoint(_columns);
        _rowWeights = FixedPoint(_rows);
    }

    /// <summary>Resamples one plane, <c>[height, width]</c> to <c>[new height, new width]</c>.</summary>
    public void Apply(ReadOnlySpan<byte> plane, Span<byte> output)
    {
        byte[] narrowed = ArrayPool<byte>.Shared.Rent(_rows.From * _columns.To);
        try
        {
            for (int y = 0; y < _rows.From; y++)
            {
                ResampleRow(plane.Slice(y * _columns.From, _columns.From), narrowed.AsSpan(y * _columns.To, _columns.To));
            }

            int[] sums = new int[_columns.To];
            for (int y = 0; y < _rows.To; y++)
            {
                CombineRows(narrowed, y, sums, output.Slice(y * _columns.To, _columns.To));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(narrowed);
        }
    }

    private static int[][] FixedPoint(ResampleTaps taps)
    {
        var weights = new int[taps.To][];
        for (int i = 0; i < taps.To; i++)
        {
            ReadOnlySpan<double> exact = taps.Weights(i);
            weights[i] = new int[exact.Length];
            for (int j = 0; j < exact.Length; j++)
            {
                weights[i][j] = (int)(0.5 + (exact[j] * (1 << Precision)));
            }
        }

        return weights;
    }

    private void ResampleRow(ReadOnlySpan<byte> from, Span<byte> to)
    {
        if (_columns.IsIdentity)
        {
            from.CopyTo(to);
            return;
        }

        for (int x = 0; x < to.Length; x++)
        {
            int[] weights = _columnWeights[x];
            ReadOnlySpan<byte> values = from.Slice(_columns.Start(x), weights.Length);
            int sum = 1 << (Precision - 1);
            for (int i = 0; i < values.Length; i++)
            {
                sum += values[i] * weights[i];
            }

            to[x] = ToByte(sum);
        }
    }

    private void CombineRows(byte[] rows, int y, Span<int> sums, Span<byte> to)
    {
        if (_rows.IsIdentity)
        {
            rows.AsSpan(y * to.Length, to.Length).CopyTo(to);
            return;
        }

        sums.Fill(1 << (Precision - 1));
        int[] weights = _rowWeights[y];
        for (int i = 0; i < weights.Length; i++)
        {
            ReadOnlySpan<byte> row = rows.AsSpan((_rows.Start(y) + i) * to.Length, to.Length);
            int weight = weights[i];
            for (int x = 0; x < row.Length; x++)
            {
                sums[x] += row[x] * weight;
            }
        }

        for (int x = 0; x < to.Length; x++)
        {
            to[x] = ToByte(sums[x]);
        }
    }

    private static byte ToByte(int sum) => (byte)Math.Clamp(sum >> Precision, 0, 255);
}
