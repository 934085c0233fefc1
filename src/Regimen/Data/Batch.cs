using static TorchSharp.torch;

namespace Regimen.Data;

/// <summary>Some samples as tensors, one a field, each <c>[count, …shape]</c>.</summary>
/// <remarks>A batch of a data loader lives until the next one is asked for: its memory is used again, that of
/// <see cref="Indices"/> too. Clone what must outlive that.</remarks>
public sealed class Batch : IDisposable
{
    private readonly KeyValuePair<string, Tensor>[] _tensors;
    private readonly bool _ownsTensors;

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

    /// <summary>What the model is given.</summary>
    public Tensor Input => this[Field.Input];

    /// <summary>What it should answer.</summary>
    public Tensor Target => this[Field.Target];

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
        foreach ((_, Tensor tensor) in _tensors)
        {
            tensor.Dispose();
        }
    }
}
