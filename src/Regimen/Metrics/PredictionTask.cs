namespace Regimen.Metrics;

/// <summary>What predictions are.</summary>
public enum PredictionTask
{
    /// <summary>Anything: only the loss is measured.</summary>
    Other,

    /// <summary>Logits or probabilities <c>[batch, classes]</c> against class indices <c>[batch]</c>.</summary>
    Classification,

    /// <summary>Numbers <c>[batch, …]</c> against numbers of the same shape, up to dimensions of size 1.</summary>
    Regression,

    /// <summary>Logits <c>[batch]</c> or <c>[batch, 1]</c> of the positive class against class indices 0 and 1 <c>[batch]</c>.</summary>
    Binary,

    /// <summary>Logits <c>[batch, labels]</c> against float32 0 and 1 <c>[batch, labels]</c>.</summary>
    MultiLabel,
}
