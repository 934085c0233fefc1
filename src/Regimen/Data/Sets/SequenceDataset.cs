using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Regimen.Data;

/// <summary>Sequences of different lengths in memory, of tokens or of rows of numbers, with a class or a number each. A batch is as long as its longest
/// sequence; <see cref="Batch.Lengths"/> and <see cref="Batch.Mask"/> say what is padding. <c>loader.sampler=bucket</c> makes batches of similar lengths.</summary>
public sealed class SequenceDataset : IDataset
{
    private readonly Array[] _sequences;
    private readonly int[] _labels;
    private readonly float[] _targets;
    private readonly int[] _lengths;
    private readonly int _row;

    private SequenceDataset(Array[] sequences, Field input, int[] labels, float[] targets, IReadOnlyList<string> classes)
    {
        (_sequences, _labels, _targets) = (sequences, labels, targets);
        bool isClassification = classes.Count > 0;
        int count = isClassification ? labels.Length : targets.Length;
        if (count != sequences.Length)
        {
            throw new ArgumentException($"Expected {sequences.Length} targets, one per sequence; received {count}.", nameof(targets));
        }

        _row = input.Shape.Elements / input.Shape.Dimensions[0];
        _lengths = [.. sequences.Select(s => s.Length / _row)];
        int wrong = Array.FindIndex(sequences, s => s.Length == 0 || s.Length % _row != 0);
        if (wrong >= 0)
        {
            throw new ArgumentException($"Expected at least one row of {_row} value(s) in each sequence; received {sequences[wrong].Length} value(s) for sequence {wrong}.", nameof(sequences));
        }

        Fields = [input, isClassification ? Field.ClassIndex : new Field(Field.Target, SampleShape.Scalar, ElementType.Float32)];
        Classes = classes;
    }

    /// <inheritdoc/>
    public int Count => _sequences.Length;

    /// <inheritdoc/>
    public IReadOnlyList<Field> Fields { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int>? Labels => Classes.Count > 0 ? _labels : null;

    /// <inheritdoc/>
    public IReadOnlyList<int> Lengths => _lengths;

    /// <inheritdoc/>
    public bool IsInMemory => true;

    /// <summary>Creates a data set of token sequences with a class each. The arrays are not copied.</summary>
    /// <param name="sequences">The tokens of each sequence, from 0 to one below <paramref name="vocabulary"/>.</param>
    /// <param name="labels">The class index of each sequence.</param>
    /// <param name="vocabulary">The number of different tokens, the padding included.</param>
    /// <param name="classes">The names of the classes.</param>
    /// <param name="padding">The token that fills up shorter sequences.</param>
    /// <exception cref="ArgumentException">The numbers of sequences and labels differ, a sequence is empty, or a label is not a class index.</exception>
    public static SequenceDataset ForClassification(IReadOnlyList<long[]> sequences, int[] labels, int vocabulary, IReadOnlyList<string> classes, int padding = 0)
    {
        ClassLabels.Check(labels, classes.Count);
        return new([.. sequences], Tokens(sequences, vocabulary, padding), labels, [], classes);
    }

    /// <summary>Creates a data set of sequences of rows with a class each. The arrays are not copied.</summary>
    /// <param name="sequences">The values of each sequence, row after row.</param>
    /// <param name="features">The number of values in a row.</param>
    /// <param name="labels">The class index of each sequence.</param>
    /// <param name="classes">The names of the classes.</param>
    /// <exception cref="ArgumentException">The numbers of sequences and labels differ, a sequence has no whole rows, or a label is not a class index.</exception>
    public static SequenceDataset ForClassification(IReadOnlyList<float[]> sequences, int features, int[] labels, IReadOnlyList<string> classes)
    {
        ClassLabels.Check(labels, classes.Count);
        return new([.. sequences], Rows(sequences, features), labels, [], classes);
    }

    /// <summary>Creates a data set of token sequences with a number each. The arrays are not copied.</summary>
    /// <param name="sequences">The tokens of each sequence, from 0 to one below <paramref name="vocabulary"/>.</param>
    /// <param name="targets">The number of each sequence.</param>
    /// <param name="vocabulary">The number of different tokens, the padding included.</param>
    /// <param name="padding">The token that fills up shorter sequences.</param>
    /// <exception cref="ArgumentException">The numbers of sequences and targets differ, or a sequence is empty.</exception>
    public static SequenceDataset ForRegression(IReadOnlyList<long[]> sequences, float[] targets, int vocabulary, int padding = 0)
        => new([.. sequences], Tokens(sequences, vocabulary, padding), [], targets, []);

    /// <summary>Creates a data set of sequences of rows with a number each. The arrays are not copied.</summary>
    /// <param name="sequences">The values of each sequence, row after row.</param>
    /// <param name="features">The number of values in a row.</param>
    /// <param name="targets">The number of each sequence.</param>
    /// <exception cref="ArgumentException">The numbers of sequences and targets differ, or a sequence has no whole rows.</exception>
    public static SequenceDataset ForRegression(IReadOnlyList<float[]> sequences, int features, float[] targets)
        => new([.. sequences], Rows(sequences, features), [], targets, []);

    /// <inheritdoc/>
    public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        Field input = Fields[0];
        Span<int> lengths = into.Lengths(input.Name);
        for (int row = 0; row < indices.Length; row++)
        {
            int index = indices[row];
            lengths[row] = _lengths[index];
            if (_sequences[index] is long[] tokens)
            {
                tokens.CopyTo(into.Longs(input.Name)[(row * input.Shape.Elements)..]);
            }
            else
            {
                ((float[])_sequences[index]).CopyTo(into.Floats(input.Name)[(row * input.Shape.Elements)..]);
            }

            if (Classes.Count > 0)
            {
                into.Longs(Field.Target)[row] = _labels[index];
            }
            else
            {
                into.Floats(Field.Target)[row] = _targets[index];
            }
        }
    }

    /// <inheritdoc/>
    public void AppendTo(IncrementalHash hash)
    {
        DatasetHash.AppendHeader(hash, $"sequences {Fields[0].Type} {Fields[0].Cardinality} {Fields[0].Padding}", Fields[0].Shape, Classes);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (Array sequence in _sequences)
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, sequence.Length);
            hash.AppendData(length);
            hash.AppendData(sequence is long[] tokens ? MemoryMarshal.AsBytes(tokens.AsSpan()) : MemoryMarshal.AsBytes(((float[])sequence).AsSpan()));
        }

        hash.AppendData(MemoryMarshal.AsBytes(_labels.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(_targets.AsSpan()));
    }

    private static Field Tokens(IReadOnlyList<long[]> sequences, int vocabulary, int padding)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabulary, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(padding);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(padding, vocabulary);
        for (int i = 0; i < sequences.Count; i++)
        {
            int wrong = sequences[i].AsSpan().IndexOfAnyExceptInRange(0, vocabulary - 1);
            if (wrong >= 0)
            {
                throw new ArgumentException($"Expected tokens from 0 to {vocabulary - 1}; received {sequences[i][wrong]} in sequence {i}.", nameof(sequences));
            }
        }

        return Field.Tokens("tokens", Math.Max(1, sequences.Select(s => s.Length).DefaultIfEmpty(1).Max()), vocabulary, padding);
    }

    private static Field Rows(IReadOnlyList<float[]> sequences, int features)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(features, 1);
        int longest = sequences.Select(s => s.Length / features).DefaultIfEmpty(1).Max();
        return Field.Inputs(new SampleShape(Math.Max(longest, 1), features)) with { IsVariable = true };
    }
}
