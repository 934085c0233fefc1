using System.Text.Json.Nodes;
using Regimen.Configuration;
using Regimen.Data;
using Regimen.Models;
using Regimen.Optimization;
using static TorchSharp.torch;

namespace Regimen.Experiments;

/// <summary>A trained model, loaded without its data.</summary>
/// <param name="Model">The model with its weights, in evaluation mode.</param>
/// <param name="Context">The inputs and outputs, classes and vocabulary.</param>
/// <param name="Config">The config of its run.</param>
/// <param name="Preprocessing">The steps from a source's sample to the model's input, in order, followed by the scaling of a regression's target.</param>
/// <param name="TargetScale">The scaling of the target, which converts outputs to the target's original units; null if the target is not scaled.</param>
/// <param name="Objective">The objective, which computes predictions from the model's outputs.</param>
public sealed record OpenModel(
    nn.Module Model, ModelContext Context, RunConfig Config, JsonArray Preprocessing, TargetScale? TargetScale, Objective Objective) : IDisposable
{
    /// <summary>The shape of a sample of the source, before the pre-processing.</summary>
    public SampleShape SampleShape { get; init; }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
