using System.Text.Json.Nodes;
using Regimen.Configuration;
using Regimen.Data;
using Regimen.Models;
using Regimen.Optimization;
using static TorchSharp.torch;

namespace Regimen.Experiments;

/// <summary>A trained model, opened without its data.</summary>
/// <param name="Model">The model with its weights, in evaluation mode.</param>
/// <param name="Context">Its inputs and outputs, classes and vocabulary.</param>
/// <param name="Config">The config that made it.</param>
/// <param name="Preprocessing">The steps from a source's sample to the model's input, in order; last the scaling of a regression's target.</param>
/// <param name="TargetScale">Converts outputs to the target's own units; null where they are in these units, or are no numbers.</param>
/// <param name="Objective">Gives the predictions of the model's outputs.</param>
public sealed record OpenModel(
    nn.Module Model, ModelContext Context, RunConfig Config, JsonArray Preprocessing, TargetScale? TargetScale, Objective Objective) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
