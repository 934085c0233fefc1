using Regimen.Engine;
using Regimen.Training;
using Tensorboard;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tracking;

/// <summary>Histograms of each parameter's values and gradients at the end of every so many epochs.</summary>
internal sealed class TensorBoardHistograms(int every)
{
    private readonly List<Summary.Types.Value> _gradients = [];
    private TrainPlan? _plan;

    /// <summary>Begins with the plan of the training.</summary>
    public void Begin(TrainPlan plan) => _plan = plan;

    /// <summary>Takes the gradients of a step, if it is the last one of an epoch with histograms. The update clears them.</summary>
    public void Take(TrainEvent.GradientsComputed computed)
    {
        int epoch = computed.State.At.Epoch;
        long step = computed.State.At.Step + 1;
        if (epoch % every != 0 || (step != epoch * _plan!.StepsPerEpoch && step < _plan.TotalSteps))
        {
            return;
        }

        _gradients.Clear();
        Add(computed.Gradients, TensorBoardTags.Gradients, _gradients);
    }

    /// <summary>Returns the histograms of an epoch that has ended; none in between.</summary>
    public IReadOnlyList<Summary.Types.Value> At(TrainingState state)
    {
        if (state.At.Epoch % every != 0)
        {
            return [];
        }

        List<Summary.Types.Value> values = [];
        Add(state.Model.named_parameters().Select(p => KeyValuePair.Create(p.name, (Tensor)p.parameter)), TensorBoardTags.Weights, values);
        values.AddRange(_gradients);
        _gradients.Clear();
        return values;
    }

    private static void Add(IEnumerable<KeyValuePair<string, Tensor>> tensors, string prefix, List<Summary.Types.Value> values)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        foreach ((string name, Tensor tensor) in tensors)
        {
            // Slashes group tags on TensorBoard's page; the dots of a name are kept.
            Tensor copy = tensor.detach().to(ScalarType.Float32).cpu().contiguous();
            values.Add(TensorBoardSummaries.Histogram(prefix + name, TensorMemory.Span<float>(copy)));
        }
    }
}
