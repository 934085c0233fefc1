using Regimen.Data;
using Regimen.Engine;
using Regimen.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>The loss of a step of one or more batches, whose gradients it accumulates: the mean over all samples of the step, as if they were one
/// batch.</summary>
/// <remarks>A loss that is a weighted mean divides by the sum of weights of the whole step, which is known after the last batch only. Until then its
/// batches are weighted as if the divisor were the number of samples; the end corrects that.</remarks>
internal sealed class StepLoss(nn.Module model, Objective objective, FlatParameters parameters)
{
    private readonly LossParts _parts = new(objective.Parts);
    private int _samples;
    private int _batches;
    private int _added;

    /// <summary>The mean loss of the batches so far; that of the step after <see cref="End"/>.</summary>
    public float Value { get; private set; }

    /// <summary>The parts of the loss, in the order of <see cref="Objective.Parts"/>; valid after <see cref="End"/>.</summary>
    public IReadOnlyList<double> Parts { get; private set; } = [];

    /// <summary>The sum of the weights of the step; null where the samples are the weights.</summary>
    public double? Weight { get; private set; }

    /// <summary>Begins a step.</summary>
    /// <param name="samples">The number of its samples.</param>
    /// <param name="batches">The number of its batches.</param>
    public void Begin(int samples, int batches)
    {
        (_samples, _batches, _added, Value, Weight) = (samples, batches, 0, 0, null);
        _parts.Clear();
    }

    /// <summary>Runs the model on a batch and adds its gradients.</summary>
    /// <param name="batch">The batch.</param>
    public void Add(Batch batch)
    {
        double? own = objective.WeightOf(batch);
        parameters.IsAccumulating = _added++ > 0;
        try
        {
            Value += objective.Backward(model, batch, _batches == 1 ? 1 : (own ?? batch.Count) / _samples, _parts);
        }
        catch (Exception exception) when (LabelFailure.Of(batch, exception) is { } failure)
        {
            throw failure;
        }

        Weight = own is null ? null : (Weight ?? 0) + own;
        parameters.AttachGradients();
    }

    /// <summary>Ends the step: loss, parts and gradients are those of the whole step.</summary>
    public void End()
    {
        parameters.IsAccumulating = false;
        double factor = _batches > 1 && Weight is { } weight and > 0 ? _samples / weight : 1;
        if (factor != 1)
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable noGrad = no_grad();
            using Scalar scale = factor;
            parameters.Gradients.mul_(scale);
            Value = (float)(Value * factor);
        }

        Parts = _parts.Names.Count == 0 ? [] : _parts.DividedBy(1 / factor);
    }
}
