using Regimen.Data;

namespace Regimen.Prediction;

/// <summary>Samples after the pre-processing, in managed memory: ready to be put into a batch with others.</summary>
internal sealed class PreparedSamples
{
    private readonly Array[] _values;
    private readonly int[]?[] _lengths;

    private PreparedSamples(IReadOnlyList<Field> fields, int count, Array[] values, int[]?[] lengths)
    {
        Fields = fields;
        Count = count;
        _values = values;
        _lengths = lengths;
    }

    /// <summary>The input fields.</summary>
    public IReadOnlyList<Field> Fields { get; }

    /// <summary>The number of samples.</summary>
    public int Count { get; }

    /// <summary>Copies the first samples of a buffer.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="fields">The fields to copy.</param>
    /// <param name="count">The number of samples.</param>
    public static PreparedSamples Of(BatchBuffer buffer, IReadOnlyList<Field> fields, int count) => new(
        fields,
        count,
        [.. fields.Select(f => (Array)(f.Type switch
        {
            ElementType.Float32 => buffer.Floats(f.Name)[..(count * f.Shape.Elements)].ToArray(),
            ElementType.Int64 => buffer.Longs(f.Name)[..(count * f.Shape.Elements)].ToArray(),
            _ => buffer.Bytes(f.Name)[..(count * f.Shape.Elements)].ToArray(),
        }))],
        [.. fields.Select(f => f.IsVariable ? buffer.Lengths(f.Name)[..count].ToArray() : null)]);

    /// <summary>Returns consecutive samples.</summary>
    public PreparedSamples Slice(int first, int count) => count == Count ? this : new(
        Fields,
        count,
        [.. Fields.Select((f, i) =>
        {
            var part = Array.CreateInstance(_values[i].GetType().GetElementType()!, count * f.Shape.Elements);
            Array.Copy(_values[i], first * f.Shape.Elements, part, 0, part.Length);
            return part;
        })],
        [.. _lengths.Select(l => l?[first..(first + count)])]);

    /// <summary>Writes some of the samples into a buffer.</summary>
    /// <param name="first">The first sample to write.</param>
    /// <param name="count">The number of samples to write.</param>
    /// <param name="into">The buffer, which has the same fields.</param>
    /// <param name="row">The buffer's row of the first sample.</param>
    public void CopyTo(int first, int count, BatchBuffer into, int row)
    {
        for (int i = 0; i < Fields.Count; i++)
        {
            Field field = Fields[i];
            int size = field.Shape.Elements;
            switch (_values[i])
            {
                case float[] floats:
                    floats.AsSpan(first * size, count * size).CopyTo(into.Floats(field.Name)[(row * size)..]);
                    break;
                case long[] longs:
                    longs.AsSpan(first * size, count * size).CopyTo(into.Longs(field.Name)[(row * size)..]);
                    break;
                default:
                    ((byte[])_values[i]).AsSpan(first * size, count * size).CopyTo(into.Bytes(field.Name)[(row * size)..]);
                    break;
            }

            _lengths[i]?.AsSpan(first, count).CopyTo(into.Lengths(field.Name)[row..]);
        }
    }
}
