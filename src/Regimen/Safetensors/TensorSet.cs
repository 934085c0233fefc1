using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Safetensors;

/// <summary>A file's tensors in memory, freed together.</summary>
internal sealed class TensorSet : IDisposable
{
    private TensorSet(IReadOnlyDictionary<string, Tensor> byName) => ByName = byName;

    /// <summary>Each by its name.</summary>
    public IReadOnlyDictionary<string, Tensor> ByName { get; }

    /// <summary>Every tensor of a file, on the CPU.</summary>
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
