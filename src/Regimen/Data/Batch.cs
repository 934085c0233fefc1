using static TorchSharp.torch;

namespace Regimen.Data;

/// <summary>Some samples as tensors, one a field, each <c>[count, …shape]</c>.</summary>
/// <remarks>A batch of a data loader lives until the next one is asked for: its memory is used again, that of
/// <see cref="Indices"/> too. Clone what must outlive that.</remarks>
public sealed class Batch : IDisposable
{
    private readonly KeyValuePair<string, Tensor>[] _tensors;
    private readonly bool _ownsTensors;
    private Tensor[]? _inputs;

    /// <summary>A batch of these tensors, which it disposes.</summary>
    /// <param name="tensors">One a field, all with <paramref name="count"/> as their first dimension.</param>
    /// <param name="count">How many samples.</param>
    /// <param name="indices">Which samples of the data set; empty where not known.</param>
    public Batch(IEnumerable<KeyValuePair<string, Tensor>> tensors, int count, ReadOnlyMemory<int> indices = default)
        : this([.. tensors], count, indices, ownsTensors: true)
    {
    }

    internal Batch(KeyValuePair<string, Tensor>[] tensors, int count, ReadOnlyMemory<int> indices, bool ownsTensors)
    {
        _tensors = tensors;
        _ownsTensors = ownsTensors;
        Count = count;
        Indices = indices;
    }

    /// <summary>How many samples.</summary>
    public int Count { get; }

    /// <summary>The samples' indices in the data set; empty where not known.</summary>
    public ReadOnlyMemory<int> Indices { get; internal set; }

    /// <summary>The data set that <see cref="Indices"/> count in; null where not known.</summary>
    internal IDataset? Source { get; set; }

    /// <summary>The fields that are targets; null for the one named <see cref="Field.Target"/>.</summary>
    internal IReadOnlySet<string>? Targets { get; init; }

    /// <summary>The lengths of the samples of each variable field, int64 <c>[count]</c>.</summary>
    internal IReadOnlyList<KeyValuePair<string, Tensor>> VariableLengths { get; init; } = [];

    /// <summary>The field named <see cref="Field.Input"/>.</summary>
    public Tensor Input => this[Field.Input];

    /// <summary>The field named <see cref="Field.Target"/>.</summary>
    public Tensor Target => this[Field.Target];

    /// <summary>The tensors that the model is given: every field that is not a target, in the data set's order.</summary>
    public IReadOnlyList<Tensor> Inputs => _inputs ??= [.. _tensors.Where(t => !(Targets?.Contains(t.Key) ?? t.Key == Field.Target)).Select(t => t.Value)];

    /// <summary>The lengths of the samples of a field of variable length (<see cref="Field.IsVariable"/>): int64 <c>[count]</c>, on the batch's
    /// device. The values behind a sample's length are padding.</summary>
    /// <exception cref="KeyNotFoundException">The field is not of variable length, or there is no such field.</exception>
    public Tensor Lengths(string field)
    {
        foreach ((string name, Tensor lengths) in VariableLengths)
        {
            if (name == field)
            {
                return lengths;
            }
        }

        throw new KeyNotFoundException($"Expected a field of variable length{(VariableLengths.Count == 0 ? "; the batch has none" : $": one of {string.Join(", ", VariableLengths.Select(l => l.Key))}")}; received '{field}'.");
    }

    /// <summary>Returns which values of a field of variable length are a sample's own, not padding: bool <c>[count, longest]</c>, on the batch's
    /// device. It is a new tensor of the current dispose scope.</summary>
    /// <exception cref="KeyNotFoundException">The field is not of variable length, or there is no such field.</exception>
    public Tensor Mask(string field)
    {
        Tensor lengths = Lengths(field);
        using Tensor places = arange(this[field].size(1), ScalarType.Int64, lengths.device);
        using Tensor column = lengths.unsqueeze(1);
        return places.less(column);
    }

    /// <summary>A field by name.</summary>
    /// <exception cref="KeyNotFoundException">There is no such field; the message lists those there are.</exception>
    public Tensor this[string field]
    {
        get
        {
            foreach ((string name, Tensor tensor) in _tensors)
            {
                if (name == field)
                {
                    return tensor;
                }
            }

            throw new KeyNotFoundException($"Expected one of {string.Join(", ", _tensors.Select(t => t.Key))}; received '{field}'.");
        }
    }

    /// <summary>Disposes the tensors; a loader's batches keep theirs, as the loader uses them again.</summary>
    public void Dispose()
    {
        if (_ownsTensors)
        {
            DisposeTensors();
        }
    }

    internal void DisposeTensors()
    {
        foreach ((_, Tensor tensor) in _tensors.Concat(VariableLengths))
        {
            tensor.Dispose();
        }
    }
}
