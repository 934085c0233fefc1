namespace Regimen.Data;

/// <summary>The rule for class indices: from 0 to one below the number of classes.</summary>
internal static class ClassLabels
{
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
}
