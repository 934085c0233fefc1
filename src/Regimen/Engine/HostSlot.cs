using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>A value that a device writes to the memory of the host when it gets there, so that the host learns of it without waiting for work that it
/// has given to the device afterwards.</summary>
/// <remarks>TorchSharp has no events of CUDA, and reading a tensor waits for all work. So the place has a pattern in it, which the device overwrites.</remarks>
internal sealed class HostSlot : IDisposable
{
    // A NaN that no computation has as its result.
    private const uint Nothing = 0x7fb4c2d9;

    // If the device fails it writes nothing: after a minute the tensor is read instead, which reports the failure.
    private const long PatienceMilliseconds = 60_000;
    private readonly Tensor _host;
    private Tensor? _value;

    /// <param name="device">The device that will write.</param>
    public HostSlot(Device device)
    {
        Tensor host = zeros([1], ScalarType.Float32);
        if (device.type == DeviceType.CUDA)
        {
            using Tensor pageable = host;
            host = pageable.pin_memory();
        }

        _host = host.DetachFromDisposeScope();
    }

    /// <summary>Whether a value was ordered that has not been read.</summary>
    public bool IsAwaited => _value is not null;

    private unsafe ref uint Bits => ref *(uint*)TensorMemory.Pointer<float>(_host);

    /// <summary>Orders a value: the device writes it after all work that it was given before.</summary>
    /// <param name="value">A float32 value on the device; this object keeps it until it is read.</param>
    public void Order(Tensor value)
    {
        _value?.Dispose();
        Volatile.Write(ref Bits, Nothing);
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor one = value.detach().reshape(1).alias();
        _host.copy_(one, nonBlocking: true);
        _value = one.DetachFromDisposeScope();
    }

    /// <summary>Waits for the value that was ordered, and returns it.</summary>
    public float Read()
    {
        long began = Environment.TickCount64;
        var spin = new SpinWait();
        uint bits;
        while ((bits = Volatile.Read(ref Bits)) == Nothing)
        {
            if (Environment.TickCount64 - began > PatienceMilliseconds)
            {
                bits = BitConverter.SingleToUInt32Bits(_value!.ToSingle());
                break;
            }

            spin.SpinOnce(sleep1Threshold: -1);
        }

        _value?.Dispose();
        _value = null;
        return BitConverter.UInt32BitsToSingle(bits);
    }

    public void Dispose()
    {
        _value?.Dispose();
        _host.Dispose();
    }
}
