using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>Puts a model into evaluation mode (no dropout, batch norm with its running statistics). When disposed, it restores the mode that
/// every module had before, so that a layer that was in evaluation mode stays so.</summary>
internal sealed class EvaluationMode : IDisposable
{
    private readonly ModuleModes _before;

    public EvaluationMode(nn.Module model)
    {
        _before = ModuleModes.Of(model);
        model.eval();
    }

    public void Dispose() => _before.Restore();
}
