using System.Security.Cryptography;
using Regimen.Data;

namespace Regimen.Prediction;

/// <summary>A few encoded rows of a table in memory, without targets.</summary>
internal sealed class EncodedRows(TableRowEncoder encoder, int count) : IDataset
{
    private readonly float[] _inputs = new float[count * encoder.InputWidth];
    private readonly long[] _codes = new long[count * encoder.CodeCount];
    private readonly Field[] _columns = [.. encoder.Fields.Where(f => f.Type == ElementType.Int64)];

    /// <inheritdoc/>
    public int Count => count;

    /// <inheritdoc/>
    public IReadOnlyList<Field> Fields => encoder.Fields;

    /// <summary>Encodes a row.</summary>
    /// <exception cref="RequestException">Some values are invalid, missing or unknown; it has a problem for each, with the column.</exception>
    public void Encode(int row, IReadOnlyList<string?> cells) => encoder.Encode(
        cells,
        _inputs.AsSpan(row * encoder.InputWidth, encoder.InputWidth),
        _codes.AsSpan(row * encoder.CodeCount, encoder.CodeCount));

    /// <inheritdoc/>
    public unsafe void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        if (encoder.InputWidth > 0)
        {
            fixed (float* inputs = _inputs)
            {
                RowGather.Floats(inputs, Count, new SampleShape(encoder.InputWidth), indices, scale, into.Floats(Field.Input));
            }
        }

        for (int column = 0; column < _columns.Length; column++)
        {
            Span<long> values = into.Longs(_columns[column].Name);
            for (int row = 0; row < indices.Length; row++)
            {
                values[row] = _codes[(indices[row] * _columns.Length) + column];
            }
        }
    }

    /// <inheritdoc/>
    public void AppendTo(IncrementalHash hash) => throw new NotSupportedException("Samples to predict have no fingerprint.");
}
