namespace Regimen.Metrics;

/// <summary>The scores of one class. Each is from 0 to 1, and 0 if its denominator is zero.</summary>
/// <param name="Class">The class's name.</param>
/// <param name="Precision">The fraction of the samples predicted as this class that belong to it.</param>
/// <param name="Recall">The fraction of the samples of this class that were predicted as it.</param>
/// <param name="F1">The harmonic mean of precision and recall.</param>
/// <param name="Support">The number of samples of this class.</param>
public sealed record ClassScore(string Class, double Precision, double Recall, double F1, long Support)
{
    /// <summary>The intersection over union of a segmentation: the pixels of this class that were found, among those that are of this class or were
    /// predicted as it. Null for other tasks.</summary>
    public double? Iou { get; init; }
}
