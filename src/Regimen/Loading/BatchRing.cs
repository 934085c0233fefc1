using Regimen.Data;
using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Loading;

/// <summary>A ring of buffers for batches: batch <c>b</c> always uses buffer <c>b mod n</c>. The memory is reference-counted and freed when the
/// last user has left, so a thread that still fills a buffer never loses it.</summary>
internal sealed class BatchRing
{
    private readonly BatchBuffer[] _buffers;
    private readonly Batch?[] _whole;
    private readonly Device _device;
    private readonly bool _channelsLast;
    private readonly bool _sharesMemory;
    private readonly HostSlot?[] _copied;
    private readonly Tensor? _mark;
    private int _users = 1;

    public BatchRing(IReadOnlyList<Field> fields, int batchSize, int buffers, Device device, bool channelsLast)
    {
        _channelsLast = channelsLast;
        _sharesMemory = device.type == TorchSharp.DeviceType.CPU
            && fields.All(f => BatchBuffer.IsShared(f, channelsLast));
        _device = device;
        _buffers = [.. Enumerable.Range(0, buffers).Select(_ => new BatchBuffer(fields, batchSize, pinned: device.type == TorchSharp.DeviceType.CUDA))];
        _whole = new Batch?[buffers];

        // A GPU copies from a buffer by itself, so the buffer may be filled again only when it has.
        bool copiesLater = device.type == TorchSharp.DeviceType.CUDA;
        _copied = [.. Enumerable.Range(0, buffers).Select(_ => copiesLater ? new HostSlot(device) : null)];
        _mark = copiesLater ? ones([1], ScalarType.Float32, device).DetachFromDisposeScope() : null;
    }

    /// <summary>The number of batches it holds at once.</summary>
    public int Length => _buffers.Length;

    /// <summary>The number of samples that a buffer can hold.</summary>
    public int Capacity => _buffers[0].Capacity;

    /// <summary>Returns the buffer of a batch.</summary>
    public BatchBuffer Buffer(int batch) => _buffers[batch % _buffers.Length];

    /// <summary>Adds a user. The creator of the ring is its first user.</summary>
    public void Enter() => Interlocked.Increment(ref _users);

    /// <summary>Removes a user; the last one frees the memory.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _users) > 0)
        {
            return;
        }

        foreach (Batch? batch in _whole)
        {
            batch?.DisposeTensors();
        }

        foreach (BatchBuffer buffer in _buffers)
        {
            buffer.Dispose();
        }

        foreach (HostSlot? slot in _copied)
        {
            slot?.Dispose();
        }

        _mark?.Dispose();
    }

    /// <summary>Returns a filled buffer as a batch, valid until <see cref="TakeBack"/>. Full batches on the CPU are created once per buffer and
    /// reused, so a step allocates nothing for its data.</summary>
    public Batch Lend(int batch, ReadOnlyMemory<int> indices)
    {
        int at = batch % _buffers.Length;
        if (indices.Length != Capacity || !_sharesMemory)
        {
            Batch copy = _buffers[at].ToBatch(indices.Length, indices, _device, _channelsLast);
            _copied[at]?.Order(_mark!);
            return copy;
        }

        Batch whole = _whole[at] ??= _buffers[at].ToBatch(indices.Length, indices, _device, _channelsLast);
        whole.Indices = indices;
        return whole;
    }

    /// <summary>Ends the use of a batch, once its buffer can be filled again.</summary>
    public void TakeBack(int batch, Batch lent)
    {
        if (_copied[batch % _buffers.Length] is { IsAwaited: true } copied)
        {
            copied.Read();
        }

        if (lent != _whole[batch % _buffers.Length])
        {
            lent.DisposeTensors();
        }
    }
}
