using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>The modes (training or evaluation) of a module and of each module in it.</summary>
internal sealed class ModuleModes
{
    private readonly (nn.Module Module, bool Training)[] _modes;

    private ModuleModes((nn.Module Module, bool Training)[] modes) => _modes = modes;

    /// <summary>Whether all modules are in evaluation mode.</summary>
    public bool AllInEvaluation => _modes.All(m => !m.Training);

    /// <summary>Reads the current modes.</summary>
    public static ModuleModes Of(nn.Module model)
        => new([.. model.named_modules().Select(m => m.module).Prepend(model).Select(m => (m, m.training))]);

    /// <summary>Returns the modes with another mode for the model itself.</summary>
    public ModuleModes WithRoot(bool training) => new([.. _modes.Select((m, i) => (m.Module, i == 0 || m.Module == _modes[0].Module ? training : m.Training))]);

    /// <summary>Sets each module to its recorded mode.</summary>
    public void Restore()
    {
        // Setting a module's mode also sets its children's, so parents come first: named_modules is in that order.
        foreach ((nn.Module module, bool training) in _modes)
        {
            if (module.training != training)
            {
                module.train(training);
            }
        }
    }
}
