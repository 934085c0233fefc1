namespace Regimen.Metrics;

/// <summary>How well one class was recognised; each of the three scores is from 0 to 1, and 0 where nothing can be divided.</summary>
/// <param name="Class">The class's name.</param>
/// <param name="Precision">Of the samples that were taken for this class, the part that is of it.</param>
/// <param name="Recall">Of the samples of this class, the part that was found.</param>
/// <param name="F1">The harmonic mean of both.</param>
/// <param name="Support">Samples of this class.</param>
public sealed record ClassScore(string Class, double Precision, double Recall, double F1, long Support);
