using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>Sets training mode on a model's root only. Sub-modules keep the mode set by the caller or by an observer:
/// <c>model.bn.eval()</c> freezes the statistics of a batch norm. If the whole model is in evaluation mode, as after a prediction, the whole
/// model is set to training mode.</summary>
internal sealed class TrainingMode
{
    private readonly nn.Module _model;
    private ModuleModes _modes;

    public TrainingMode(nn.Module model)
    {
        _model = model;
        _modes = ModuleModes.Of(model);
        if (_modes.AllInEvaluation)
        {
            model.train();
            _modes = ModuleModes.Of(model);
        }
        else
        {
            _modes = _modes.WithRoot(training: true);
            _modes.Restore();
        }
    }

    /// <summary>Adopts the modules' current modes or, if the model was left in evaluation mode, restores the mode of each module.</summary>
    public void Keep()
    {
        if (_model.training)
        {
            _modes = ModuleModes.Of(_model);
        }
        else
        {
            _modes.Restore();
        }
    }
}
