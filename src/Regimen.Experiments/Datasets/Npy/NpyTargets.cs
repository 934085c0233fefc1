using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>The targets of an npy data set.</summary>
internal sealed record NpyTargets(Field Field, IReadOnlyList<string> Classes, int[] Labels, float[] Values)
{
    /// <summary>The targets in their original units, before scaling; null for targets that are not scaled, or already are.</summary>
    public double[]? ToScale { get; init; }

    /// <summary>Returns the scaled targets.</summary>
    public NpyTargets Scaled(TargetScale scale)
    {
        double[] targets = ToScale ?? throw new InvalidOperationException("The targets are not numeric, or are already scaled.");
        var values = new float[targets.Length];
        int size = Field.Shape.Elements;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = scale.To(targets[i], i % size);
        }

        return this with { Field = Field with { Scale = scale }, Values = values, ToScale = null };
    }

    public void Gather(ReadOnlySpan<int> indices, BatchBuffer into)
    {
        if (Field.Type == ElementType.Int64)
        {
            Span<long> labels = into.Longs(Field.Name);
            for (int row = 0; row < indices.Length; row++)
            {
                labels[row] = Labels[indices[row]];
            }

            return;
        }

        Span<float> values = into.Floats(Field.Name);
        int size = Field.Shape.Elements;
        for (int row = 0; row < indices.Length; row++)
        {
            Values.AsSpan(indices[row] * size, size).CopyTo(values[(row * size)..]);
        }
    }

    public void AppendTo(IncrementalHash hash)
    {
        hash.AppendData(MemoryMarshal.AsBytes(Labels.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(Values.AsSpan()));
    }
}
