using System.Buffers;
using Regimen.Transforms;

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
    private readonly int _held;

    /// <summary>With the taps of each direction; both may make a part of their line.</summary>
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

        // Narrowed rows are kept as long as an output row needs them, so that a long image takes no more memory than a short one.
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
