using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Regimen.Data;

/// <summary>Checks that a sample of a stream fits the stream's fields, copies it, and hashes it.</summary>
internal sealed class StreamSampleCheck(DataStream stream)
{
    /// <summary>Returns a copy of the arrays of a sample.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="number">Its number in the stream, from 0.</param>
    /// <exception cref="WorkFailedException">It does not fit the fields.</exception>
    public Array[] Copy(StreamSample? sample, long number)
    {
        IReadOnlyList<Field> fields = stream.Fields;
        if (sample?.Values is not { } values || values.Count != fields.Count)
        {
            throw Unfit(number, $"{fields.Count} arrays, one for each of {string.Join(", ", fields.Select(f => f.Name))}", sample?.Values is { } some ? $"{some.Count}" : "null");
        }

        var copy = new Array[fields.Count];
        for (int i = 0; i < copy.Length; i++)
        {
            copy[i] = Fits(fields[i], values[i]) ? (Array)values[i].Clone() : throw Unfit(number, $"{fields[i].Name}: {Expected(fields[i])}", Describe(values[i]));
            if (fields[i] == Field.ClassIndex && stream.Classes.Count > 0 && ((long[])copy[i])[0] is var index && (index < 0 || index >= stream.Classes.Count))
            {
                throw Unfit(number, $"{fields[i].Name}: a class index from 0 to {stream.Classes.Count - 1}", $"{index}");
            }
        }

        return copy;
    }

    /// <summary>Adds a sample to a hash.</summary>
    public static void Append(IncrementalHash hash, Array[] sample)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (Array values in sample)
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, values.Length);
            hash.AppendData(length);
            hash.AppendData(values switch
            {
                float[] floats => MemoryMarshal.AsBytes(floats.AsSpan()),
                long[] longs => MemoryMarshal.AsBytes(longs.AsSpan()),
                _ => ((byte[])values).AsSpan(),
            });
        }
    }

    private static bool Fits(Field field, Array? values)
    {
        bool isType = field.Type switch
        {
            ElementType.Float32 => values is float[],
            ElementType.Int64 => values is long[],
            _ => values is byte[],
        };
        int row = field.IsVariable ? field.Shape.Elements / field.Shape.Dimensions[0] : 1;
        return isType && (field.IsVariable ? values!.Length >= row && values.Length <= field.Shape.Elements && values.Length % row == 0 : values!.Length == field.Shape.Elements);
    }

    private static string Expected(Field field)
    {
        string type = field.Type switch { ElementType.Float32 => "float", ElementType.Int64 => "long", _ => "byte" };
        return field.IsVariable
            ? $"{type}[] of 1 to {field.Shape.Dimensions[0]} rows of {field.Shape.Elements / field.Shape.Dimensions[0]} value(s)"
            : $"{type}[] of {field.Shape.Elements} value(s)";
    }

    private static string Describe(Array? values) => values is null ? "null" : $"{(values switch { float[] => "float", long[] => "long", byte[] => "byte", _ => values.GetType().GetElementType()!.Name })}[] of {values.Length} value(s)";

    private static WorkFailedException Unfit(long number, string expected, string received) => new(new Problem("A sample of the stream does not fit the stream's fields")
    {
        Where = $"sample {number} of the stream, counted from 0",
        Expected = expected,
        Received = received,
    });
}
