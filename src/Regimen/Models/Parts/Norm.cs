namespace Regimen.Models;

/// <summary>The normalisation after each hidden layer, before its activation function.</summary>
public enum Norm
{
    /// <summary>No normalisation.</summary>
    None,

    /// <summary>Batch normalisation (Ioffe and Szegedy, 2015): of each unit or channel, over the batch; in evaluation with running averages.</summary>
    Batch,

    /// <summary>Layer normalisation (Ba, Kiros and Hinton, 2016): of each sample, over the units of the layer.</summary>
    Layer,
}
