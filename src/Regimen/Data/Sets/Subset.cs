using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Regimen.Data;

/// <summary>A selection of the samples of another data set, in any order.</summary>
public sealed class Subset : IDataset, IByteInputs
{
    private readonly IDataset _source;
    private readonly int[] _indices;
    private readonly int _sourceCount;

    /// <summary>Selects the samples of <paramref name="source"/> at the given indices.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside the source.</exception>
    public Subset(IDataset source, int[] indices)
    {
        foreach (int index in indices)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index, nameof(indices));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, source.Count, nameof(indices));
        }

        _source = source;
        _sourceCount = source.Count;
        _indices = indices;
    }

    /// <summary>The data set that the samples are selected from.</summary>
    internal IDataset Source => _source;

    /// <summary>The indices of the samples in the source, in this set's order.</summary>
    public ReadOnlySpan<int> Indices => _indices;

    /// <inheritdoc/>
    public bool IsInMemory => _source.IsInMemory;

    bool IByteInputs.GathersBytes => _source is IByteInputs { GathersBytes: true };

    /// <inheritdoc/>
    public int Count => _indices.Length;

    /// <inheritdoc/>
    public IReadOnlyList<Field> Fields => _source.Fields;

    /// <inheritdoc/>
    public SampleShape SampleShape => _source.SampleShape;

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes => _source.Classes;

    /// <inheritdoc/>
    public IReadOnlyList<int>? Labels => _source.Labels is { } labels ? [.. _indices.Select(i => labels[i])] : null;

    /// <inheritdoc/>
    public IReadOnlyList<int>? Lengths => _source.Lengths is { } lengths ? [.. _indices.Select(i => lengths[i])] : null;

    /// <inheritdoc/>
    public string Origin(int index) => _source.Origin(_indices[index]);

    /// <inheritdoc/>
    public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        DatasetForm.ThrowIfCountChanged(_source, _sourceCount);
        Span<int> inSource = indices.Length <= 1024 ? stackalloc int[indices.Length] : new int[indices.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            inSource[i] = _indices[indices[i]];
        }

        _source.Gather(inSource, scale, into);
    }

    /// <inheritdoc/>
    public void AppendTo(IncrementalHash hash)
    {
        DatasetHash.AppendText(hash, "subset\0");
        hash.AppendData(MemoryMarshal.AsBytes(_indices.AsSpan()));
        _source.AppendTo(hash);
    }
}
