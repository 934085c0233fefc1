using Regimen.Engine;
using Regimen.Safetensors;
using static TorchSharp.torch;

namespace Regimen.WeightFiles;

/// <summary>Reads the values of a weight file as tensors.</summary>
public static class WeightTensors
{
    /// <summary>Returns a new tensor with an entry's values, on the CPU. The caller disposes it.</summary>
    /// <exception cref="RequestException">The values are damaged, truncated, or of a type that can't be read.</exception>
    public static Tensor ToTensor(this WeightFile file, WeightEntry entry)
    {
        SafetensorsFile.ThrowUnlessReadable(file.Path, entry.Name, entry.Type);
        Tensor tensor = empty([.. entry.Shape], TensorType.Named(entry.Type));
        try
        {
            long start = 0;
            file.Read(entry, piece =>
            {
                TensorMemory.Write(tensor, start, piece);
                start += piece.Length;
            });
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }
}
