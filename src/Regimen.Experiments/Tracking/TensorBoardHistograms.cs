using Regimen.Engine;
using Regimen.Training;
using Tensorboard;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tracking;

/// <summary>Histograms of each parameter's values and gradients at the end of every so many epochs.</summary>
internal sealed class TensorBoardHistograms(int every)
{
    private TrainPlan? _plan;

    /// <summary>Begins with the plan of the training.</summary>
    public void Begin(TrainPlan plan) => _plan = plan;

    /// <summary>Whether a step is the last one of an epoch with histograms.</summary>
    public bool NeedsGradientsOf(long step)
        => (step % _plan!.StepsPerEpoch == 0 || step >= _plan.TotalSteps) && ((step + _plan.StepsPerEpoch - 1) / _plan.StepsPerEpoch) % every == 0;

    /// <summary>Returns the histograms of the gradients of an epoch's last step; none for another step. The update clears the gradients.</summary>
    public IReadOnlyList<Summary.Types.Value> Of(TrainEvent.GradientsComputed computed)
        => NeedsGradientsOf(computed.State.At.Step + 1) ? Of(computed.Gradients, TensorBoardTags.Gradients) : [];

    /// <summary>Returns the histograms of the weights after an epoch; none after another one.</summary>
    public IReadOnlyList<Summary.Types.Value> Of(TrainingState state) => state.At.Epoch % every == 0
        ? Of(state.Model.named_parameters().Select(p => KeyValuePair.Create(p.name, (Tensor)p.parameter)), TensorBoardTags.Weights)
        : [];

    private static List<Summary.Types.Value> Of(IEnumerable<KeyValuePair<string, Tensor>> tensors, string prefix)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        List<Summary.Types.Value> values = [];
        foreach ((string name, Tensor tensor) in tensors)
        {
            Tensor copy = tensor.detach().to(ScalarType.Float32).cpu().contiguous();
            values.Add(TensorBoardSummaries.Histogram(prefix + name, TensorMemory.Span<float>(copy)));
        }

        return values;
    }
}
