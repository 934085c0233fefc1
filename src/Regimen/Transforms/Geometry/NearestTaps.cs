namespace Regimen.Transforms;

/// <summary>The nearest input value of each output value when a line of classes, which can't be averaged, is resampled to another length: the one in
/// which the centre of the output value falls, as in Pillow and in PyTorch's <c>nearest-exact</c>. <see cref="ResampleTaps"/> has the same centres.</summary>
/// <param name="From">The length of the input line.</param>
/// <param name="Whole">The length of the whole output line.</param>
/// <param name="First">The index of the first output value to compute.</param>
internal readonly record struct NearestTaps(int From, long Whole, long First = 0)
{
    /// <summary>Returns the index of the input value of an output value.</summary>
    public int this[int output] => (int)(((2 * (First + output)) + 1) * From / (2 * Whole));

    /// <summary>Resizes a plane whose whole output is computed.</summary>
    /// <param name="plane">The values, from the first one of the part to resize on.</param>
    /// <param name="stride">The width of the plane.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="output">The output, row by row.</param>
    public static void Resample(ReadOnlySpan<byte> plane, int stride, NearestTaps rows, NearestTaps columns, Span<byte> output)
        => Resample(plane, stride, rows, columns, output, (int)columns.Whole);

    /// <summary>Resizes a plane of which some columns and rows are computed.</summary>
    public static void Resample(ReadOnlySpan<byte> plane, int stride, NearestTaps rows, NearestTaps columns, Span<byte> output, int width)
    {
        for (int y = 0; y < output.Length / width; y++)
        {
            ReadOnlySpan<byte> from = plane[(rows[y] * stride)..];
            Span<byte> to = output.Slice(y * width, width);
            for (int x = 0; x < to.Length; x++)
            {
                to[x] = from[columns[x]];
            }
        }
    }
}
