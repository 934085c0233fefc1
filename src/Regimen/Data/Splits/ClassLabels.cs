namespace Regimen.Data;

/// <summary>The class indices of samples: from 0 to one below the number of classes.</summary>
internal static class ClassLabels
{
    private const int ReadTogether = 256;

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

    /// <summary>The class of each sample, as the set says or, where it does not, as its samples do; null where they have none.</summary>
    public static IReadOnlyList<int>? Of(IDataset dataset)
    {
        bool hasClasses = dataset.Classes.Count > 0 && dataset.Fields.Contains(Field.ClassIndex);
        return hasClasses ? dataset.Labels ?? Read(dataset) : null;
    }

    private static int[] Read(IDataset dataset)
    {
        var labels = new int[dataset.Count];
        using var buffer = new BatchBuffer(dataset.Fields, Math.Clamp(dataset.Count, 1, ReadTogether));
        for (int first = 0; first < labels.Length; first += ReadTogether)
        {
            int[] indices = [.. Enumerable.Range(first, Math.Min(ReadTogether, labels.Length - first))];
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
