using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>Accesses a tensor's values as managed memory, without a copy.</summary>
/// <remarks>TorchSharp's own <c>data&lt;T&gt;()</c> reads from the start of the storage and ignores a view's offset. <c>bytes</c> is correct for
/// contiguous tensors on the CPU below 2 GB. Larger ones are accessed by address, in pieces.</remarks>
public static class TensorMemory
{
    /// <summary>Returns the values of a contiguous CPU tensor, in row-major order. The span is valid while the tensor lives.</summary>
    /// <exception cref="ArgumentException">The tensor is on another device, not contiguous, or of another element size.</exception>
    public static unsafe Span<T> Span<T>(Tensor tensor)
        where T : unmanaged
    {
        ThrowUnlessPlain(tensor, sizeof(T));
        return new Span<T>(Address(tensor), checked((int)tensor.numel()));
    }

    /// <summary>Returns the address of the first value of a contiguous CPU tensor of any size, valid while the tensor lives; null if it is
    /// empty.</summary>
    /// <exception cref="ArgumentException">The tensor is on another device, not contiguous, or of another element size.</exception>
    internal static unsafe T* Pointer<T>(Tensor tensor)
        where T : unmanaged
    {
        ThrowUnlessPlain(tensor, sizeof(T));
        return (T*)Address(tensor);
    }

    /// <summary>Returns the address of the first value of a contiguous CPU tensor of any element type, valid while the tensor lives.</summary>
    internal static unsafe nint AddressOf(Tensor tensor)
    {
        ThrowUnlessPlain(tensor, (int)tensor.ElementSize);
        using Tensor detached = tensor.detach();
        return (nint)Address(detached);
    }

    /// <summary>Calls a function with the bytes of a contiguous CPU tensor of any size, in pieces.</summary>
    /// <exception cref="ArgumentException">The tensor is on another device or not contiguous.</exception>
    internal static unsafe void ForEachPiece(Tensor tensor, Action<ReadOnlySpan<byte>> action)
    {
        ThrowUnlessPlain(tensor, (int)tensor.ElementSize);
        const int piece = 1 << 26;
        long length = tensor.numel() * tensor.ElementSize;
        byte* address = (byte*)Address(tensor);
        for (long start = 0; start < length; start += piece)
        {
            action(new ReadOnlySpan<byte>(address + start, (int)Math.Min(piece, length - start)));
        }

        GC.KeepAlive(tensor);
    }

    /// <summary>Copies bytes into a contiguous CPU tensor of any size.</summary>
    /// <param name="tensor">The tensor to write to.</param>
    /// <param name="start">The offset of the first byte to write.</param>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="ArgumentException">The tensor is on another device, not contiguous, or too short.</exception>
    internal static unsafe void Write(Tensor tensor, long start, ReadOnlySpan<byte> bytes)
    {
        ThrowUnlessPlain(tensor, (int)tensor.ElementSize);
        long length = tensor.numel() * tensor.ElementSize;
        if (start < 0 || start > length - bytes.Length)
        {
            throw new ArgumentException($"Expected at most {length - start} bytes from {start}, received {bytes.Length}.", nameof(bytes));
        }

        bytes.CopyTo(new Span<byte>((byte*)Address(tensor) + start, bytes.Length));
        GC.KeepAlive(tensor);
    }

    private static unsafe void* Address(Tensor tensor)
    {
        long length = tensor.numel() * tensor.ElementSize;
        if (length == 0)
        {
            return null;
        }

        if (length <= int.MaxValue)
        {
            return Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetReference(tensor.bytes));
        }

        // `bytes` refuses larger tensors, so the address is taken from a view of the first element.
        using Tensor flat = tensor.view(-1);
        using Tensor first = flat.narrow(0, 0, 1);
        return Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetReference(first.bytes));
    }

    private static void ThrowUnlessPlain(Tensor tensor, int elementSize)
    {
        if (tensor.device_type != TorchSharp.DeviceType.CPU || !tensor.is_contiguous() || tensor.ElementSize != elementSize)
        {
            string received = tensor.ToString(TorchSharp.TensorStringStyle.Metadata);
            throw new ArgumentException($"Expected a contiguous CPU tensor of {elementSize}-byte elements, received {received}.", nameof(tensor));
        }
    }
}
