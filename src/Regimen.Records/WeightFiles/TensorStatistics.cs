namespace Regimen.WeightFiles;

/// <summary>Statistics of a tensor's values, computed in double precision.</summary>
/// <param name="Min">The smallest value that is not NaN; null if there is none.</param>
/// <param name="Max">The largest value that is not NaN; null if there is none.</param>
/// <param name="Mean">The mean of the finite values; null if there is none.</param>
/// <param name="Norm">The Euclidean norm of the finite values.</param>
/// <param name="NotANumber">The number of NaN.</param>
/// <param name="Infinite">The number of infinite values.</param>
/// <param name="Zeros">The number of zeros.</param>
public sealed record TensorStatistics(double? Min, double? Max, double? Mean, double Norm, long NotANumber, long Infinite, long Zeros);
