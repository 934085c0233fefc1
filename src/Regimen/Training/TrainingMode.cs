using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>Training mode of a model's root alone: sub-modules keep the mode that the caller, or an observer, gave them, so that
/// <c>model.bn.eval()</c> freezes a batch norm's statistics. A model that is in evaluation mode as a whole, as after a prediction, goes into
/// training mode as a whole.</summary>
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

    /// <summary>Takes over what changed since, or, where something left the model in evaluation mode, puts every module back into its own.</summary>
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
