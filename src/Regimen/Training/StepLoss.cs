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
internal sealed class StepLoss(nn.Module model, Objective objective, FlatParameters parameters, ITrainProbe? probe, RankedTraining? ranks = null) : IDisposable
{
    private readonly LossParts _parts = new(objective.Parts);
    private readonly BatchNorms _norms = new(parameters);
    private Tensor? _kept;
    private bool _measures;
    private int _samples;
    private int _batches;
    private int _added;

    /// <summary>The mean loss of the batches so far; that of the step after <see cref="End"/>. If losses are kept, the part of it that is
    /// known.</summary>
    public float Value { get; private set; }

    /// <summary>The sum of the losses that were kept on the device, not yet times <see cref="Factor"/>; null where <see cref="Value"/> is the loss.</summary>
    public Tensor? Kept => _kept;

    /// <summary>The factor of loss and gradients that is known at the end of the step only.</summary>
    public double Factor { get; private set; }

    /// <summary>The parts of the loss, in the order of <see cref="Objective.Parts"/>; valid after <see cref="End"/>.</summary>
    public IReadOnlyList<double> Parts { get; private set; } = [];

    /// <summary>The sum of the weights of the step; null where the samples are the weights.</summary>
    public double? Weight { get; private set; }

    /// <summary>The norm of each batch's gradient, if the step was begun so.</summary>
    public IReadOnlyList<(int Samples, double Norm)> Batches => _measures ? _norms.Norms : [];

    /// <summary>Leaves losses on the device, where the objective does not need their values: <see cref="Kept"/>.</summary>
    public void KeepOnDevice() => parameters.KeepLoss = Keep;

    /// <summary>Begins a step.</summary>
    /// <param name="samples">The number of its samples.</param>
    /// <param name="batches">The number of its batches.</param>
    /// <param name="measures">Whether to measure the gradient of each batch.</param>
    public void Begin(int samples, int batches, bool measures)
    {
        _measures = measures;
        _norms.Clear();
        (_samples, _batches, _added, Value, Weight) = (samples, batches, 0, 0, null);
        _kept?.Dispose();
        _kept = null;
        _parts.Clear();
    }

    /// <summary>Runs the model on a batch and adds its gradients.</summary>
    /// <param name="batch">The batch.</param>
    public void Add(Batch batch)
    {
        double? own = objective.WeightOf(batch);
        double weight = IsWhole ? 1 : (own ?? batch.Count) / _samples;
        parameters.IsAccumulating = _added++ > 0;
        if (_measures)
        {
            _norms.Before();
        }

        TrainPhase? before = probe?.Enter(TrainPhase.Forward);
        ranks?.Computes(begins: true);
        try
        {
            Value += objective.Backward(model, batch, weight, _parts);
        }
        catch (Exception exception) when (LabelFailure.Of(batch, exception) is { } failure)
        {
            throw failure;
        }
        finally
        {
            ranks?.Computes(begins: false);
        }

        Weight = own is null ? null : (Weight ?? 0) + own;
        parameters.AttachGradients();
        if (_measures)
        {
            _norms.After(batch.Count, weight);
        }

        if (before is { } phase)
        {
            probe!.Enter(phase);
        }
    }

    /// <summary>Ends the step: loss, parts and gradients are those of the whole step.</summary>
    public void End()
    {
        parameters.IsAccumulating = false;
        if (ranks is not null)
        {
            SumOverRanks(ranks);
        }

        double factor = !IsWhole && Weight is { } weight and > 0 ? _samples / weight : 1;
        if (factor != 1)
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable noGrad = no_grad();
            using Scalar scale = factor;
            parameters.Gradients.mul_(scale);
            Value = _kept is null ? (float)(Value * factor) : Value;
        }

        Factor = factor;
        Parts = _parts.Names.Count == 0 ? [] : _parts.DividedBy(1 / factor);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        parameters.KeepLoss = null;
        _kept?.Dispose();
        _norms.Dispose();
    }

    /// <summary>Whether a step is one batch of this process.</summary>
    private bool IsWhole => _batches == 1 && ranks is null;

    private float Keep(Tensor loss)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor own = loss.detach().reshape(1).to(ScalarType.Float32);
        Tensor sum = (_kept is null ? own.alias() : _kept.add(own)).DetachFromDisposeScope();
        _kept?.Dispose();
        _kept = sum;
        return 0;
    }

    private void SumOverRanks(RankedTraining ranks)
    {
        if (_added == 0)
        {
            // This rank had no sample in the step.
            parameters.ClearGradients();
        }

        // NaN where the samples are the weights; a rank without a sample does not know, and adds nothing to the others' weights.
        double[] sums = ranks.Sum(parameters.Gradients, [Value, Weight ?? (_added == 0 ? 0 : double.NaN), .. _parts.Sums]);
        (Value, Weight) = ((float)sums[0], double.IsNaN(sums[1]) ? null : sums[1]);
        _parts.Set(sums.AsSpan(2));
    }
}
