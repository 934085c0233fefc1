using System.Buffers;
using Regimen.Transforms;

namespace Regimen.Imaging;

/// <summary>Resizes planes of bytes with bilinear filtering. The arithmetic is fixed-point and rounded to a byte after the columns and after
/// the rows. The result is identical to Pillow's <c>resize(…, BILINEAR)</c>.</summary>
internal sealed class ByteResampler
{
    // The bits of the weights: 32 without eight for the pixel and two against overflow of the sum.
    private const int Precision = 22;
    private readonly ResampleTaps _columns;
    private readonly ResampleTaps _rows;
    private readonly int[][] _columnWeights;
    private readonly int[][] _rowWeights;
    private readonly int _held;

    /// <summary>Creates a resampler from the filter taps of each direction, which may cover only a part of a line.</summary>
    public ByteResampler(ResampleTaps rows, ResampleTaps columns)
    {
        _rows = rows;
        _columns = columns;
        _columnWeights = FixedPoint(_columns);
        _rowWeights = FixedPoint(_rows);
        _held = _rows.IsIdentity ? 1 : _rows.Longest;
    }

    /// <summary>Resamples one plane: <c>[rows.From, columns.From]</c> to <c>[rows.To, columns.To]</c>.</summary>
    public void Apply(ReadOnlySpan<byte> plane, Span<byte> output)
    {
        int width = _columns.To;
        if (_rows.IsIdentity)
        {
            for (int y = 0; y < _rows.To; y++)
            {
                ResampleRow(Row(plane, (int)_rows.First + y), output.Slice(y * width, width));
            }

            return;
        }

        // Horizontally resampled rows are kept only while an output row needs them, so that memory does not grow with the image height.
        byte[] narrowed = ArrayPool<byte>.Shared.Rent(checked(_held * width));
        try
        {
            int[] sums = new int[width];
            int first = 0;
            int end = 0;
            for (int y = 0; y < _rows.To; y++)
            {
                int start = _rows.Start(y);
                int kept = Math.Max(0, end - start);
                narrowed.AsSpan((Math.Min(start, end) - first) * width, kept * width).CopyTo(narrowed);
                for (int row = start + kept; row < start + _rowWeights[y].Length; row++)
                {
                    ResampleRow(Row(plane, row), narrowed.AsSpan((row - start) * width, width));
                }

                (first, end) = (start, Math.Max(end, start + _rowWeights[y].Length));
                CombineRows(narrowed, y, sums, output.Slice(y * width, width));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(narrowed);
        }
    }

    private ReadOnlySpan<byte> Row(ReadOnlySpan<byte> plane, int row) => plane.Slice(row * _columns.From, _columns.From);

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
            from.Slice((int)_columns.First, to.Length).CopyTo(to);
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
        sums.Fill(1 << (Precision - 1));
        int[] weights = _rowWeights[y];
        for (int i = 0; i < weights.Length; i++)
        {
            ReadOnlySpan<byte> row = rows.AsSpan(i * to.Length, to.Length);
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
