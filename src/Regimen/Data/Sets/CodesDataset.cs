using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Regimen.Data;

/// <summary>A data set of rows with category codes: the fields of a table with float columns and columns of codes.</summary>
/// <param name="rows">The float inputs and the targets.</param>
/// <param name="inputs">The input fields: the float input, unless there is none, and an int64 scalar for each column of codes.</param>
/// <param name="codes">The codes of all rows, row-major.</param>
internal sealed class CodesDataset(ArrayDataset rows, IReadOnlyList<Field> inputs, int[] codes) : IDataset
{
    private readonly Field[] _columns = [.. inputs.Where(f => f.Type == ElementType.Int64)];
    private readonly bool _hasInput = inputs.Any(f => f.Name == Field.Input);

    /// <inheritdoc/>
    public int Count => rows.Count;

    /// <inheritdoc/>
    public IReadOnlyList<Field> Fields { get; } = [.. inputs, rows.Fields.Single(f => f.IsTarget)];

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes => rows.Classes;

    /// <inheritdoc/>
    public IReadOnlyList<int>? Labels => rows.Labels;

    /// <inheritdoc/>
    public bool IsInMemory => true;

    /// <inheritdoc/>
    public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        if (_hasInput)
        {
            rows.GatherInputs(indices, scale, into);
        }

        rows.GatherTargets(indices, into);
        for (int column = 0; column < _columns.Length; column++)
        {
            Span<long> values = into.Longs(_columns[column].Name);
            for (int row = 0; row < indices.Length; row++)
            {
                values[row] = codes[(indices[row] * _columns.Length) + column];
            }
        }
    }

    /// <inheritdoc/>
    public void AppendTo(IncrementalHash hash)
    {
        rows.AppendTo(hash);
        foreach (Field field in _columns)
        {
            DatasetHash.AppendText(hash, $"{field.Name}\0{field.Cardinality}\0");
        }

        hash.AppendData(MemoryMarshal.AsBytes(codes.AsSpan()));
    }
}
