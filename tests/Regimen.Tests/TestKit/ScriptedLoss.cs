using Regimen.Data;
using Regimen.Metrics;
using Regimen.Optimization;
using static TorchSharp.torch;

namespace Regimen.Tests.TestKit;

/// <summary>Cross-entropy with a given sequence of losses in evaluation: one value per evaluation batch, the last one repeated.</summary>
internal sealed record ScriptedLoss : Objective
{
    private readonly double[] _losses;
    private int _evaluations;

    /// <param name="losses">The losses; not a property, because options must be finite.</param>
    /// <param name="first">The index of the first value, for a training that another one began.</param>
    public ScriptedLoss(double[] losses, int first = 0) => (_losses, _evaluations) = (losses, first);

    public override PredictionTask Task => PredictionTask.Classification;

    public override ObjectiveResult Compute(nn.Module model, Batch batch)
    {
        ObjectiveResult result = Objectives.CrossEntropy.Compute(model, batch);
        return is_grad_enabled() ? result : result with { Loss = tensor(_losses[Math.Min(_evaluations++, _losses.Length - 1)]) };
    }
}
