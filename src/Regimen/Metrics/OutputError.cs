namespace Regimen.Metrics;

/// <summary>The errors of one output of a regression.</summary>
/// <param name="Output">Its index among the target's values, from 0.</param>
/// <param name="Rmse">The root mean squared error, in the target's units.</param>
/// <param name="Mae">The mean absolute error, in the target's units.</param>
/// <param name="R2">The coefficient of determination: 1 is a perfect prediction, 0 is that of the mean; it can be negative.</param>
public sealed record OutputError(int Output, double Rmse, double Mae, double R2);
