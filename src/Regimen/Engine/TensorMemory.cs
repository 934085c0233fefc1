using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>A tensor's values as managed memory, without a copy.</summary>
/// <remarks>TorchSharp's own <c>data&lt;T&gt;()</c> reads from the storage's base and so misses a view's offset; <c>bytes</c> honours it
/// for contiguous tensors on the CPU below 2 GB. Larger ones are taken by their address, and piece by piece.</remarks>
public static class TensorMemory
{
    /// <summary>The values of a contiguous CPU tensor, in row-major order. The span is valid while the tensor lives.</summary>
    /// <exception cref="ArgumentException">The tensor is elsewhere, not contiguous, or of another element size.</exception>
    public static unsafe Span<T> Span<T>(Tensor tensor)
        where T : unmanaged
    {
        ThrowUnlessPlain(tensor, sizeof(T));
        return new Span<T>(Address(tensor), checked((int)tensor.numel()));
    }

    /// <summary>The address of the first value of a contiguous CPU tensor of any size; valid while the tensor lives. Null where it is empty.</summary>
    /// <exception cref="ArgumentException">The tensor is elsewhere, not contiguous, or of another element size.</exception>
    internal static unsafe T* Pointer<T>(Tensor tensor)
        where T : unmanaged
    {
        ThrowUnlessPlain(tensor, sizeof(T));
        return (T*)Address(tensor);
    }

    /// <summary>The bytes of a contiguous CPU tensor of any size, one piece after the other.</summary>
    /// <exception cref="ArgumentException">The tensor is elsewhere or not contiguous.</exception>
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
    /// <param name="tensor">Where to.</param>
    /// <param name="start">The first byte to write.</param>
    /// <param name="bytes">What to write.</param>
    /// <exception cref="ArgumentException">The tensor is elsewhere, not contiguous, or too short.</exception>
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

        // `bytes` refuses larger tensors, so the first element is asked for alone.
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
