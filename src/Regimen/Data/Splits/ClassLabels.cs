namespace Regimen.Data;

/// <summary>Reads and checks the class indices of samples: from 0 to the number of classes − 1.</summary>
internal static class ClassLabels
{
    private const int BatchSize = 256;

    public static void Check(ReadOnlySpan<int> labels, int classes)
    {
        for (int i = 0; i < labels.Length; i++)
        {
            if ((uint)labels[i] >= (uint)classes)
            {
                throw new ArgumentException($"Expected labels from 0 to {classes - 1}; received {labels[i]} for sample {i}.", nameof(labels));
            }
        }
    }

    /// <summary>Returns the class of each sample, from the set's labels or, if it has none, from its samples; null without classes.</summary>
    public static IReadOnlyList<int>? Of(IDataset dataset)
    {
        bool hasClasses = dataset.Classes.Count > 0 && dataset.Fields.Contains(Field.ClassIndex);
        return hasClasses ? dataset.Labels ?? Read(dataset) : null;
    }

    private static int[] Read(IDataset dataset)
    {
        var labels = new int[dataset.Count];
        using var buffer = new BatchBuffer(dataset.Fields, Math.Clamp(dataset.Count, 1, BatchSize));
        for (int first = 0; first < labels.Length; first += BatchSize)
        {
            int[] indices = [.. Enumerable.Range(first, Math.Min(BatchSize, labels.Length - first))];
            dataset.Gather(indices, ChannelScale.Identity, buffer);
            ReadOnlySpan<long> read = buffer.Longs(Field.Target);
            for (int i = 0; i < indices.Length; i++)
            {
                labels[first + i] = checked((int)read[i]);
            }
        }

        Check(labels, dataset.Classes.Count);
        return labels;
    }
}
