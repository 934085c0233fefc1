using static TorchSharp.torch;

namespace Regimen.Data;

/// <summary>Some samples as tensors, one a field, each <c>[count, …shape]</c>.</summary>
/// <remarks>A batch of a data loader lives until the next one is asked for: its memory is used again. Clone what must
/// outlive that.</remarks>
public sealed class Batch : IDisposable
{
    private readonly KeyValuePair<string, Tensor>[] _tensors;

    /// <summary>A batch of these tensors, which it disposes.</summary>
    /// <param name="tensors">One a field, all with <paramref name="count"/> as their first dimension.</param>
    /// <param name="count">How many samples.</param>
    /// <param name="indices">Which samples of the data set; empty where not known.</param>
    public Batch(IEnumerable<KeyValuePair<string, Tensor>> tensors, int count, ReadOnlyMemory<int> indices = default)
    {
        _tensors = [.. tensors];
        Count = count;
        Indices = indices;
    }

    /// <summary>How many samples.</summary>
    public int Count { get; }

    /// <summary>The samples' indices in the data set; empty where not known.</summary>
    public ReadOnlyMemory<int> Indices { get; }

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

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((_, Tensor tensor) in _tensors)
        {
            tensor.Dispose();
        }
    }
}
