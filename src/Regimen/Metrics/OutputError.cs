namespace Regimen.Metrics;

/// <summary>How far one output of a regression is off.</summary>
/// <param name="Output">Its index among the target's values, from 0.</param>
/// <param name="Rmse">The root of the mean squared error, in the target's units.</param>
/// <param name="Mae">The mean absolute error, in the target's units.</param>
/// <param name="R2">The part of the target's variance that is explained: 1 is perfect, 0 is the mean's, below is worse.</param>
public sealed record OutputError(int Output, double Rmse, double Mae, double R2);
