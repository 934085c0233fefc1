using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>GELU in its tanh form, as in GPT-2: <c>0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))</c> (Hendrycks and Gimpel, 2016). TorchSharp has only the
/// form with erf.</summary>
public sealed class Gelu() : nn.Module<Tensor, Tensor>(nameof(Gelu)), IPortable
{
    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>Returns a tensor of the input's shape.</summary>
    public override Tensor forward(Tensor input) => Arithmetic.IsPortable ? ElementOperation<GeluTanhFunction>.Run(input) : ElementOperation<FastGeluTanhFunction>.Run(input);
}
