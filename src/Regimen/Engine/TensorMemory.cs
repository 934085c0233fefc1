using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>A tensor's values as managed memory, without a copy.</summary>
/// <remarks>TorchSharp's own <c>data&lt;T&gt;()</c> reads from the storage's base and so misses a view's offset; <c>bytes</c> honours it
/// for contiguous tensors on the CPU below 2 GB.</remarks>
public static class TensorMemory
{
    /// <summary>The values of a contiguous CPU tensor, in row-major order. The span is valid while the tensor lives.</summary>
    /// <exception cref="ArgumentException">The tensor is elsewhere, not contiguous, or of another element size.</exception>
    public static unsafe Span<T> Span<T>(Tensor tensor)
        where T : unmanaged
    {
        if (tensor.device_type != TorchSharp.DeviceType.CPU || !tensor.is_contiguous() || tensor.ElementSize != sizeof(T))
        {
            string received = tensor.ToString(TorchSharp.TensorStringStyle.Metadata);
            throw new ArgumentException($"Expected a contiguous CPU tensor of {sizeof(T)}-byte elements, received {received}.", nameof(tensor));
        }

        if (tensor.numel() == 0)
        {
            return [];
        }

        return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, T>(tensor.bytes);
    }

    /// <summary>The address of the first value; valid while the tensor lives.</summary>
    internal static unsafe T* Pointer<T>(Tensor tensor)
        where T : unmanaged => (T*)Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetReference(Span<T>(tensor)));
}
