using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Safetensors;

/// <summary>Reads a safetensors file's values as tensors.</summary>
public static class SafetensorsTensors
{
    /// <summary>Returns a new tensor with an entry's values, on the CPU. The caller disposes it.</summary>
    public static Tensor ToTensor(this SafetensorsFile file, SafetensorsEntry entry)
    {
        Tensor tensor = empty([.. entry.Shape], TensorType.Named(entry.Type));
        long start = 0;
        foreach (byte[] piece in file.Pieces(entry))
        {
            TensorMemory.Write(tensor, start, piece);
            start += piece.Length;
        }

        return tensor;
    }
}
