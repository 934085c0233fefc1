namespace Regimen.Metrics;

/// <summary>Whether a logit is above a probability.</summary>
/// <param name="probability">From 0 (everything is) to 1 (nothing is).</param>
internal readonly struct DecisionThreshold(double probability)
{
    private readonly double _logit = Math.Log(probability / (1 - probability));

    public bool IsExceededBy(float logit) => logit > _logit;
}
