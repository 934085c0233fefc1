using Regimen.Data;
using static TorchSharp.torch;

namespace Regimen.Loading;

/// <summary>Some buffers that are filled, read and filled again: batch <c>b</c> always goes into buffer <c>b mod n</c>. The memory is
/// freed when the last of its users has left, so that a thread that still fills a buffer never loses it.</summary>
internal sealed class BatchRing
{
    private readonly BatchBuffer[] _buffers;
    private readonly Batch?[] _whole;
    private readonly Device _device;
    private readonly bool _channelsLast;
    private readonly bool _batchesSeeTheBuffers;
    private int _users = 1;

    public BatchRing(IReadOnlyList<Field> fields, int batchSize, int buffers, Device device, bool channelsLast)
    {
        _channelsLast = channelsLast;
        _batchesSeeTheBuffers = device.type == TorchSharp.DeviceType.CPU
            && fields.All(f => BatchBuffer.IsShared(f, channelsLast));
        _device = device;
        _buffers = [.. Enumerable.Range(0, buffers).Select(_ => new BatchBuffer(fields, batchSize, pinned: device.type == TorchSharp.DeviceType.CUDA))];
        _whole = new Batch?[buffers];
    }

    /// <summary>How many batches it holds at once.</summary>
    public int Length => _buffers.Length;

    /// <summary>Samples that a batch has room for.</summary>
    public int Capacity => _buffers[0].Capacity;

    /// <summary>Where a batch goes.</summary>
    public BatchBuffer Buffer(int batch) => _buffers[batch % _buffers.Length];

    /// <summary>Counts one more user. Who made the ring is its first.</summary>
    public void Enter() => Interlocked.Increment(ref _users);

    /// <summary>Counts one user less; the last one frees the memory.</summary>
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
    }

    /// <summary>A filled buffer as a batch, until <see cref="TakeBack"/>. Whole batches on the CPU are made once a buffer and lent again
    /// and again: a step allocates nothing for its data.</summary>
    public Batch Lend(int batch, ReadOnlyMemory<int> indices)
    {
        int at = batch % _buffers.Length;
        if (indices.Length != Capacity || !_batchesSeeTheBuffers)
        {
            return _buffers[at].ToBatch(indices.Length, indices, _device, _channelsLast);
        }

        Batch whole = _whole[at] ??= _buffers[at].ToBatch(indices.Length, indices, _device, _channelsLast);
        whole.Indices = indices;
        return whole;
    }

    /// <summary>Ends a loan.</summary>
    public void TakeBack(int batch, Batch lent)
    {
        if (lent != _whole[batch % _buffers.Length])
        {
            lent.DisposeTensors();
        }
    }
}
