using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Data;

/// <summary>A data set of any number of named tensors, each <c>[samples, …]</c>. The values are copied.</summary>
/// <remarks>Floating-point tensors become float32 fields, int64 and int32 ones int64 fields, uint8 ones uint8 fields.</remarks>
public sealed class TensorDataset : IDataset
{
    private readonly byte[][] _values;

    /// <summary>A data set of these tensors.</summary>
    /// <param name="fields">Name and values of each field, all with as many rows. The one named <see cref="Field.Target"/> is the target.</param>
    /// <param name="classes">The names of the classes or labels; null where the target is numbers.</param>
    /// <exception cref="ArgumentException">There is no field, two have the same name, they differ in rows, or a type has no field.</exception>
    public TensorDataset(IReadOnlyList<(string Name, Tensor Values)> fields, IReadOnlyList<string>? classes = null)
    {
        if (fields.Count == 0 || fields.Select(f => f.Name).Distinct().Count() < fields.Count)
        {
            throw new ArgumentException($"Expected fields with different names; received {(fields.Count == 0 ? "none" : string.Join(", ", fields.Select(f => f.Name)))}.", nameof(fields));
        }

        Classes = classes ?? [];
        Count = checked((int)(fields[0].Values.dim() == 0 ? 0 : fields[0].Values.size(0)));
        Fields = [.. fields.Select(f => FieldOf(f.Name, f.Values))];
        _values = [.. fields.Select(f => Copy(f.Values))];
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Field> Fields { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int>? Labels => Classes.Count > 0 && Fields.Contains(Field.ClassIndex)
        ? field ??= [.. MemoryMarshal.Cast<byte, long>(_values[Fields.Index().First(f => f.Item == Field.ClassIndex).Index]).ToArray().Select(l => checked((int)l))]
        : null;

    bool IDataset.IsInMemory => true;

    /// <inheritdoc/>
    public unsafe void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        for (int f = 0; f < Fields.Count; f++)
        {
            Field field = Fields[f];
            ReadOnlySpan<byte> from = _values[f];
            Span<byte> to = field.Type switch
            {
                ElementType.Float32 => MemoryMarshal.AsBytes(into.Floats(field.Name)),
                ElementType.Int64 => MemoryMarshal.AsBytes(into.Longs(field.Name)),
                _ => into.Bytes(field.Name),
            };
            int size = (int)field.Bytes;
            for (int row = 0; row < indices.Length; row++)
            {
                from.Slice(indices[row] * size, size).CopyTo(to[(row * size)..]);
                if (field is { Name: Field.Input, Type: ElementType.Float32 } && scale != ChannelScale.Identity)
                {
                    Span<float> sample = MemoryMarshal.Cast<byte, float>(to.Slice(row * size, size));
                    scale.Apply(sample, sample, field.Shape);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void AppendTo(IncrementalHash hash)
    {
        DatasetHash.AppendHeader(hash, "tensors", SampleShape.Scalar, Classes);
        foreach ((Field field, byte[] values) in Fields.Zip(_values))
        {
            DatasetHash.AppendText(hash, $"{field.Name}\0{field.Shape}\0{field.Type}\0");
            hash.AppendData(values);
        }
    }

    private static byte[] Copy(Tensor values)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor plain = values.detach().cpu();
        plain = (plain.is_floating_point() ? plain.to(ScalarType.Float32) : plain.dtype == ScalarType.Byte ? plain : plain.to(ScalarType.Int64)).contiguous();
        var bytes = new byte[checked(plain.numel() * plain.ElementSize)];
        int position = 0;
        TensorMemory.ForEachPiece(plain, piece =>
        {
            piece.CopyTo(bytes.AsSpan(position));
            position += piece.Length;
        });
        return bytes;
    }

    private Field FieldOf(string name, Tensor values)
    {
        if (values.dim() == 0 || values.size(0) != Count)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"Expected {Count} rows in each tensor, as in the first; received [{string.Join(", ", values.shape)}] for '{name}'."), nameof(values));
        }

        ElementType type = values.is_floating_point() ? ElementType.Float32 : values.dtype switch
        {
            ScalarType.Int64 or ScalarType.Int32 => ElementType.Int64,
            ScalarType.Byte => ElementType.UInt8,
            _ => throw new ArgumentException($"Expected floating-point, int64, int32 or uint8 values; received {values.dtype} for '{name}'.", nameof(values)),
        };
        return new Field(name, new SampleShape([.. values.shape.Skip(1).Select(d => (int)d)]), type);
    }
}
