using Regimen.Data;
using Regimen.Optimization;
using static TorchSharp.torch;

namespace Regimen.Tests.TestKit;

/// <summary>Cross-entropy, whose loss in evaluation is what a test wrote down: one value a batch of evaluation, the last one again and
/// again.</summary>
/// <param name="Losses">The values.</param>
/// <param name="First">The index of the first value, for a training that another one began.</param>
internal sealed record ScriptedLoss(double[] Losses, int First = 0) : Objective
{
    private int _evaluations = First;

    public override PredictionTask Task => PredictionTask.Classification;

    public override ObjectiveResult Compute(nn.Module model, Batch batch)
    {
        ObjectiveResult result = Objectives.CrossEntropy.Compute(model, batch);
        return is_grad_enabled() ? result : result with { Loss = tensor(Losses[Math.Min(_evaluations++, Losses.Length - 1)]) };
    }
}
