using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Data;

/// <summary>The memory of one batch, made once and filled again and again: a tensor a field, <c>[capacity, …shape]</c>.</summary>
public sealed unsafe class BatchBuffer : IDisposable
{
    private readonly Field[] _fields;
    private readonly Tensor[] _tensors;
    private readonly void*[] _memory;

    /// <summary>Memory for <paramref name="capacity"/> samples of these fields.</summary>
    public BatchBuffer(IReadOnlyList<Field> fields, int capacity)
        : this(fields, capacity, pinned: false)
    {
    }

    /// <summary>Where <paramref name="pinned"/>, in memory that the system may not move or swap, from which a GPU copies without a detour.</summary>
    internal BatchBuffer(IReadOnlyList<Field> fields, int capacity, bool pinned)
    {
        Capacity = capacity;
        _fields = [.. fields];
        _tensors = new Tensor[_fields.Length];
        _memory = new void*[_fields.Length];
        for (int i = 0; i < _fields.Length; i++)
        {
            ScalarType type = _fields[i].Type == ElementType.Float32 ? ScalarType.Float32 : ScalarType.Int64;
            _tensors[i] = Allocate(_fields[i].Shape.Batch(capacity), type, pinned);
            _memory[i] = _fields[i].Type == ElementType.Float32
                ? TensorMemory.Pointer<float>(_tensors[i])
                : TensorMemory.Pointer<long>(_tensors[i]);
        }
    }

    /// <summary>How many samples it can hold.</summary>
    public int Capacity { get; }

    /// <summary>The rows of a float32 field, one sample after the other.</summary>
    public Span<float> Floats(string field)
    {
        int i = IndexOf(field, ElementType.Float32);
        return new Span<float>(_memory[i], Capacity * _fields[i].Shape.Elements);
    }

    /// <summary>The rows of an int64 field, one sample after the other.</summary>
    public Span<long> Longs(string field)
    {
        int i = IndexOf(field, ElementType.Int64);
        return new Span<long>(_memory[i], Capacity * _fields[i].Shape.Elements);
    }

    /// <summary>The first <paramref name="count"/> rows as a batch. On the CPU its tensors see this memory; on another device they are a
    /// copy, complete when this returns, so that the memory may be filled again.</summary>
    /// <param name="count">Samples.</param>
    /// <param name="indices">Which they are.</param>
    /// <param name="device">Where to.</param>
    /// <param name="channelsLast">Whether inputs that are images lie with the channels last; of several channels that is a copy.</param>
    internal Batch ToBatch(int count, ReadOnlyMemory<int> indices, Device device, bool channelsLast)
    {
        var tensors = new KeyValuePair<string, Tensor>[_fields.Length];
        for (int i = 0; i < _fields.Length; i++)
        {
            Tensor rows = count == Capacity ? _tensors[i].alias() : _tensors[i].narrow(0, 0, count);
            if (device.type != TorchSharp.DeviceType.CPU)
            {
                using Tensor onCpu = rows;
                rows = onCpu.to(device);
            }

            if (channelsLast && _fields[i].Name == Field.Input && _fields[i].Shape.Rank == 3)
            {
                using Tensor channelsFirst = rows;
                rows = MemoryLayout.ChannelsLast(channelsFirst);
            }

            tensors[i] = new(_fields[i].Name, rows.DetachFromDisposeScope());
        }

        return new Batch(tensors, count, indices, ownsTensors: false);
    }

    private static Tensor Allocate(long[] shape, ScalarType type, bool pinned)
    {
        Tensor tensor = zeros(shape, type);
        if (pinned)
        {
            using Tensor pageable = tensor;
            tensor = pageable.pin_memory();
        }

        return tensor.DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in _tensors)
        {
            tensor.Dispose();
        }

        Array.Clear(_memory);
    }

    private int IndexOf(string field, ElementType type)
    {
        for (int i = 0; i < _fields.Length; i++)
        {
            if (_fields[i].Name == field && _fields[i].Type == type)
            {
                return i;
            }
        }

        throw new ArgumentException(
            $"No {type} field named '{field}'; available: {string.Join(", ", _fields.Select(f => $"{f.Name} ({f.Type})"))}.", nameof(field));
    }
}
