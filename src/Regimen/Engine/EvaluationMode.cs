using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>Puts a model into evaluation mode (no dropout, batch norm with its running statistics) and, when disposed, gives every
/// module the mode back in which it was found: a layer that someone froze stays frozen.</summary>
internal sealed class EvaluationMode : IDisposable
{
    private readonly ModuleModes _found;

    public EvaluationMode(nn.Module model)
    {
        _found = ModuleModes.Of(model);
        model.eval();
    }

    public void Dispose() => _found.Restore();
}
