using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Data;

/// <summary>The memory of one batch, allocated once and filled for each batch: a tensor for each field, <c>[capacity, …shape]</c>, row-major.
/// A data set writes samples into it.</summary>
public sealed unsafe class BatchBuffer : IDisposable
{
    private readonly Field[] _fields;
    private readonly Tensor[] _tensors;
    private readonly void*[] _memory;
    private readonly int[]?[] _lengths;
    private readonly HashSet<string>? _targets;

    /// <summary>Memory for <paramref name="capacity"/> samples of these fields, all zero.</summary>
    public BatchBuffer(IReadOnlyList<Field> fields, int capacity)
        : this(fields, capacity, pinned: false)
    {
    }

    /// <param name="fields">The fields of a sample.</param>
    /// <param name="capacity">The number of samples.</param>
    /// <param name="pinned">Whether the memory is page-locked: a GPU copies from it directly.</param>
    internal BatchBuffer(IReadOnlyList<Field> fields, int capacity, bool pinned)
    {
        Capacity = capacity;
        _fields = [.. fields];
        _tensors = new Tensor[_fields.Length];
        _memory = new void*[_fields.Length];
        _lengths = new int[]?[_fields.Length];
        _targets = _fields.Any(f => f.IsTarget != (f.Name == Field.Target)) ? [.. _fields.Where(f => f.IsTarget).Select(f => f.Name)] : null;
        for (int i = 0; i < _fields.Length; i++)
        {
            _tensors[i] = Allocate(_fields[i].Shape.Batch(capacity), Scalar(_fields[i].Type), pinned);
            _memory[i] = _fields[i].Type switch
            {
                ElementType.Float32 => TensorMemory.Pointer<float>(_tensors[i]),
                ElementType.Int64 => TensorMemory.Pointer<long>(_tensors[i]),
                _ => TensorMemory.Pointer<byte>(_tensors[i]),
            };
            _lengths[i] = _fields[i].IsVariable ? new int[capacity] : null;
        }
    }

    /// <summary>The number of samples that it can hold.</summary>
    public int Capacity { get; }

    /// <summary>The rows of a float32 field, one sample after the other.</summary>
    /// <exception cref="ArgumentException">There is no such field of this type.</exception>
    public Span<float> Floats(string field)
    {
        int i = IndexOf(field, ElementType.Float32);
        return new Span<float>(_memory[i], Capacity * _fields[i].Shape.Elements);
    }

    /// <summary>The rows of an int64 field, one sample after the other.</summary>
    /// <exception cref="ArgumentException">There is no such field of this type.</exception>
    public Span<long> Longs(string field)
    {
        int i = IndexOf(field, ElementType.Int64);
        return new Span<long>(_memory[i], Capacity * _fields[i].Shape.Elements);
    }

    /// <summary>The rows of a uint8 field, one sample after the other.</summary>
    /// <exception cref="ArgumentException">There is no such field of this type.</exception>
    public Span<byte> Bytes(string field)
    {
        int i = IndexOf(field, ElementType.UInt8);
        return new Span<byte>(_memory[i], Capacity * _fields[i].Shape.Elements);
    }

    /// <summary>Whether a field is of bytes.</summary>
    internal bool HasBytes(string field) => Array.Exists(_fields, f => f.Name == field && f.Type == ElementType.UInt8);

    /// <summary>The length of each row of a field of variable length, from 1 to the first dimension of its shape. A data set writes them
    /// beside the values; values behind a row's length are replaced by the padding.</summary>
    /// <exception cref="ArgumentException">There is no such field of variable length.</exception>
    public Span<int> Lengths(string field)
    {
        int i = Array.FindIndex(_fields, f => f.Name == field && f.IsVariable);
        return i >= 0 ? _lengths[i] : throw new ArgumentException(
            $"Expected a field of variable length{(_fields.Any(f => f.IsVariable) ? $": {string.Join(", ", _fields.Where(f => f.IsVariable).Select(f => f.Name))}" : "; there is none")}; received '{field}'.", nameof(field));
    }

    /// <summary>The first <paramref name="count"/> rows, whose lengths are checked (<see cref="Check"/>), as a batch. On the CPU its tensors share this memory; on another device, with the
    /// channels last, and for bytes or variable lengths they are a copy. A copy from page-locked memory to a GPU may not be complete when this returns; the GPU
    /// makes it before any later work.</summary>
    /// <param name="count">Samples.</param>
    /// <param name="indices">Their indices in the data set.</param>
    /// <param name="device">The device of the batch.</param>
    /// <param name="channelsLast">Whether inputs that are images lie with the channels last; of several channels that is a copy.</param>
    internal Batch ToBatch(int count, ReadOnlyMemory<int> indices, Device device, bool channelsLast)
    {
        var tensors = new KeyValuePair<string, Tensor>[_fields.Length];
        List<KeyValuePair<string, Tensor>>? lengths = null;
        for (int i = 0; i < _fields.Length; i++)
        {
            Field field = _fields[i];
            Tensor rows = count == Capacity ? _tensors[i].alias() : _tensors[i].narrow(0, 0, count);
            if (_lengths[i] is { } of)
            {
                using Tensor whole = rows;
                rows = BatchRows.Padded(field, whole, _memory[i], of.AsSpan(0, count));
                using Tensor onCpu = tensor(Array.ConvertAll(of[..count], l => (long)l));
                (lengths ??= []).Add(new(field.Name, onCpu.to(device).alias().DetachFromDisposeScope()));
            }

            if (device.type != TorchSharp.DeviceType.CPU)
            {
                using Tensor onCpu = rows;
                rows = onCpu.to(device, non_blocking: device.type == TorchSharp.DeviceType.CUDA);
            }

            if (field.AsFloat is { } scale)
            {
                using Tensor bytes = rows;
                rows = BatchRows.ToFloats(bytes, scale);
            }
            else if (field.AsIndices)
            {
                using Tensor bytes = rows;
                rows = bytes.to(ScalarType.Int64);
            }

            if (channelsLast && field.Name == Field.Input && field.Shape.Rank == 3)
            {
                using Tensor channelsFirst = rows;
                rows = MemoryLayout.ChannelsLast(channelsFirst);
            }

            tensors[i] = new(field.Name, rows.DetachFromDisposeScope());
        }

        return new Batch(tensors, count, indices, ownsTensors: false) { Targets = _targets, VariableLengths = lengths ?? [] };
    }

    /// <summary>Checks the lengths of variable fields, and the values of integer fields whose number of values is known.</summary>
    /// <param name="count">The number of rows that a data set has written.</param>
    /// <exception cref="InvalidOperationException">One is out of range; the message names the field.</exception>
    internal void Check(int count)
    {
        for (int i = 0; i < _fields.Length; i++)
        {
            Field field = _fields[i];
            if (!field.IsVariable && field.Cardinality is null)
            {
                continue;
            }

            for (int row = 0; row < count; row++)
            {
                int length = field.Shape.Elements;
                if (_lengths[i] is { } lengths)
                {
                    int longest = field.Shape.Dimensions[0];
                    if (lengths[row] < 1 || lengths[row] > longest)
                    {
                        throw new InvalidOperationException($"the length in the field '{field.Name}' is {lengths[row]}; expected 1 to {longest}");
                    }

                    length = lengths[row] * (field.Shape.Elements / longest);
                }

                if (field.Cardinality is { } cardinality)
                {
                    var values = new ReadOnlySpan<long>((long*)_memory[i] + ((long)row * field.Shape.Elements), length);
                    int wrong = values.IndexOfAnyExceptInRange(0, cardinality - 1);
                    if (wrong >= 0)
                    {
                        throw new InvalidOperationException($"a value in the field '{field.Name}' is {values[wrong]}; expected 0 to {cardinality - 1}");
                    }
                }
            }
        }
    }

    /// <summary>Copies samples of one field into another buffer, which has a field of the same name and shape.</summary>
    internal void CopyTo(BatchBuffer other, Field field, int count)
    {
        int from = Array.FindIndex(_fields, f => f.Name == field.Name);
        int to = Array.FindIndex(other._fields, f => f.Name == field.Name);
        long bytes = field.Bytes * count;
        Buffer.MemoryCopy(_memory[from], other._memory[to], bytes, bytes);
        _lengths[from]?.AsSpan(0, count).CopyTo(other._lengths[to]);
    }

    /// <summary>Whether batches of a field share the buffer's memory, on the CPU.</summary>
    internal static bool IsShared(Field field, bool channelsLast)
        => !field.IsVariable && field.AsFloat is null && !field.AsIndices && !(channelsLast && field.Name == Field.Input && field.Shape.Rank == 3 && field.Shape.Channels > 1);

    private static ScalarType Scalar(ElementType type) => type switch
    {
        ElementType.Float32 => ScalarType.Float32,
        ElementType.Int64 => ScalarType.Int64,
        _ => ScalarType.Byte,
    };

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
