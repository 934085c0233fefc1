using Regimen.Engine;

namespace Regimen.Metrics;

/// <summary>Decides whether the probability of a logit is above a threshold.</summary>
/// <param name="probability">The threshold, from 0 (every logit is above it) to 1 (none is).</param>
internal readonly struct DecisionThreshold(double probability)
{
    private readonly double _logit = PortableFunctions.Log(probability / (1 - probability));

    public bool IsExceededBy(float logit) => logit > _logit;
}
