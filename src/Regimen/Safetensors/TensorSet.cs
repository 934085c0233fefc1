using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Safetensors;

/// <summary>The tensors of a file in memory, which are disposed together.</summary>
internal sealed class TensorSet : IDisposable
{
    private TensorSet(IReadOnlyDictionary<string, Tensor> byName) => ByName = byName;

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, Tensor> ByName { get; }

    /// <summary>Reads every tensor of a file, on the CPU.</summary>
    public static TensorSet Of(SafetensorsFile file)
    {
        using DisposeScope scope = NewDisposeScope();
        return new(file.Entries.ToDictionary(e => e.Name, e => file.ToTensor(e).DetachFromDisposeScope()));
    }

    public void Dispose()
    {
        foreach ((_, Tensor tensor) in ByName)
        {
            tensor.Dispose();
        }
    }
}
