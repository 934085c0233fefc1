using static TorchSharp.torch;

namespace Regimen.Recording;

/// <summary>The content of a checkpoint, as copies, so that training can continue while they are written.</summary>
/// <param name="Model">Every tensor of the model by its plain PyTorch name.</param>
/// <param name="ModelMetadata">The metadata needed to predict: config, sample shape, classes, pre-processing.</param>
/// <param name="Training">Optimizer state by parameter name.</param>
/// <param name="TrainingMetadata">The epoch and step, the history, the best weights so far.</param>
internal sealed record CheckpointContent(
    IReadOnlyList<KeyValuePair<string, Tensor>> Model,
    IReadOnlyDictionary<string, string> ModelMetadata,
    IReadOnlyList<KeyValuePair<string, Tensor>> Training,
    IReadOnlyDictionary<string, string> TrainingMetadata) : IDisposable
{
    /// <summary>Every tensor of the trained model where <see cref="Model"/> is the averaged one; null without an average.</summary>
    public IReadOnlyList<KeyValuePair<string, Tensor>>? Raw { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((_, Tensor tensor) in Model.Concat(Training).Concat(Raw ?? []))
        {
            tensor.Dispose();
        }
    }
}
