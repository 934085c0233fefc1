using static TorchSharp.torch;

namespace Regimen.Models;

/// <summary>Puts a model into evaluation mode (no dropout, batch norm with its running statistics) and, when disposed, gives every
/// module the mode back in which it was found: a layer that someone froze stays frozen.</summary>
internal sealed class EvaluationMode : IDisposable
{
    private readonly (nn.Module Module, bool Training)[] _found;

    public EvaluationMode(nn.Module model)
    {
        _found = [.. model.named_modules().Select(m => m.module).Prepend(model).Select(m => (m, m.training))];
        model.eval();
    }

    public void Dispose()
    {
        // A module's mode reaches its children, so parents come first: named_modules is in that order.
        foreach ((nn.Module module, bool training) in _found)
        {
            if (module.training != training)
            {
                module.train(training);
            }
        }
    }
}
