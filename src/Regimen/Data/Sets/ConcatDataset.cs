using System.Security.Cryptography;

namespace Regimen.Data;

/// <summary>Concatenates data sets.</summary>
public sealed class ConcatDataset : IDataset
{
    private readonly IDataset[] _sources;
    private readonly int[] _starts;

    /// <summary>Concatenates data sets in the given order.</summary>
    /// <exception cref="ArgumentException">There are none, or they differ in fields, shapes or classes.</exception>
    public ConcatDataset(params IReadOnlyList<IDataset> sources)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sources.Count, nameof(sources));
        _sources = [.. sources];
        foreach (IDataset source in _sources.Skip(1))
        {
            if (!source.Fields.SequenceEqual(_sources[0].Fields) || !source.Classes.SequenceEqual(_sources[0].Classes))
            {
                throw new ArgumentException("Expected sets with the same fields, shapes and classes.", nameof(sources));
            }
        }

        _starts = new int[_sources.Length + 1];
        for (int i = 0; i < _sources.Length; i++)
        {
            _starts[i + 1] = checked(_starts[i] + _sources[i].Count);
        }
    }

    /// <summary>The concatenated data sets, in order.</summary>
    internal IReadOnlyList<IDataset> Sources => _sources;

    /// <inheritdoc/>
    public bool IsInMemory => _sources.All(s => s.IsInMemory);

    /// <inheritdoc/>
    public int Count => _starts[^1];

    /// <inheritdoc/>
    public IReadOnlyList<Field> Fields => _sources[0].Fields;

    /// <inheritdoc/>
    public SampleShape SampleShape => _sources[0].SampleShape;

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes => _sources[0].Classes;

    /// <inheritdoc/>
    public IReadOnlyList<int>? Labels => _sources.All(s => s.Labels is not null) ? [.. _sources.SelectMany(s => s.Labels!)] : null;

    /// <inheritdoc/>
    public IReadOnlyList<int>? Lengths => _sources.All(s => s.Lengths is not null) ? [.. _sources.SelectMany(s => s.Lengths!)] : null;

    /// <inheritdoc/>
    public string Origin(int index)
    {
        int source = SourceOf(index);
        return _sources[source].Origin(index - _starts[source]);
    }

    /// <inheritdoc/>
    public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        for (int source = 0; source < _sources.Length; source++)
        {
            DatasetForm.ThrowIfCountChanged(_sources[source], _starts[source + 1] - _starts[source]);
            List<int> rows = [];
            List<int> inSource = [];
            for (int row = 0; row < indices.Length; row++)
            {
                if (SourceOf(indices[row]) == source)
                {
                    rows.Add(row);
                    inSource.Add(indices[row] - _starts[source]);
                }
            }

            if (rows.Count == indices.Length)
            {
                _sources[source].Gather([.. inSource], scale, into);
                return;
            }

            if (rows.Count > 0)
            {
                using var part = new BatchBuffer(Fields, rows.Count);
                _sources[source].Gather([.. inSource], scale, part);
                CopyRows(part, rows, into);
            }
        }
    }

    /// <inheritdoc/>
    public void AppendTo(IncrementalHash hash)
    {
        DatasetHash.AppendText(hash, $"concat\0{string.Join('\0', _sources.Select(s => s.Count))}\0");
        foreach (IDataset source in _sources)
        {
            source.AppendTo(hash);
        }
    }

    private int SourceOf(int index)
    {
        int at = Array.BinarySearch(_starts, index);

        // Of data sets that start at the same index, all but the last are empty.
        for (at = at < 0 ? ~at - 1 : at; _starts[at + 1] == index;)
        {
            at++;
        }

        return at;
    }

    private void CopyRows(BatchBuffer from, List<int> rows, BatchBuffer into)
    {
        foreach (Field field in Fields)
        {
            int size = field.Shape.Elements;
            for (int i = 0; i < rows.Count; i++)
            {
                if (field.Type == ElementType.Float32)
                {
                    from.Floats(field.Name).Slice(i * size, size).CopyTo(into.Floats(field.Name).Slice(rows[i] * size, size));
                }
                else if (field.Type == ElementType.UInt8)
                {
                    from.Bytes(field.Name).Slice(i * size, size).CopyTo(into.Bytes(field.Name).Slice(rows[i] * size, size));
                }
                else
                {
                    from.Longs(field.Name).Slice(i * size, size).CopyTo(into.Longs(field.Name).Slice(rows[i] * size, size));
                }
            }
        }
    }
}
