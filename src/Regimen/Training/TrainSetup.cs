using Regimen.Loading;
using Regimen.Optimization;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>The arguments of a training, as <see cref="Trainer"/> received them.</summary>
/// <param name="Model">The model.</param>
/// <param name="Options">The options of the training loop.</param>
/// <param name="Objective">The loss to minimise.</param>
/// <param name="Optimizer">The optimizer's options.</param>
/// <param name="Train">The training batches.</param>
/// <param name="Validation">The validation batches; null for none.</param>
public sealed record TrainSetup(
    nn.Module Model, TrainOptions Options, Objective Objective, OptimizerOptions Optimizer, DataLoader Train, DataLoader? Validation)
{
    /// <summary>The optimizer's options of each part of the model, by the part's name, where each has one (<see cref="ManualTrainer"/>);
    /// <see cref="Optimizer"/> is the first of them. Null for one optimizer of the whole model.</summary>
    public IReadOnlyDictionary<string, OptimizerOptions>? Parts { get; init; }

    /// <summary>The names of the values that each step has beside its loss.</summary>
    internal IReadOnlyList<string> StepValues { get; init; } = Objective.Parts;
}
