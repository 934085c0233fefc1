using Regimen.Engine;
using Regimen.Optimization;
using Regimen.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>The complete state of a training, which a checkpoint saves.</summary>
public sealed class TrainingState
{
    private readonly FiniteBuffers _buffers;

    internal TrainingState(nn.Module model, Optimizer optimizer, AveragedWeights? average = null)
        : this(model, [(string.Empty, optimizer)]) => Average = average;

    /// <summary>The state of a model whose parts have an optimizer each.</summary>
    internal TrainingState(nn.Module model, IReadOnlyList<(string Part, Optimizer Optimizer)> optimizers)
    {
        Model = model;
        Optimizers = optimizers;
        _buffers = new FiniteBuffers(model);
    }

    /// <summary>The model in training. If its weights are averaged, it has the averaged ones in the events <see cref="TrainEvent.Validated"/>,
    /// <see cref="TrainEvent.EpochEnded"/> and <see cref="TrainEvent.Ended"/>, and the trained ones in all others.</summary>
    public nn.Module Model { get; }

    /// <summary>The averaged weights; null for a training without an average.</summary>
    internal AveragedWeights? Average { get; }

    /// <summary>The optimizer with its state; the first part's where each part of a model has one (<see cref="ManualTrainer"/>).</summary>
    public Optimizer Optimizer => Optimizers[0].Optimizer;

    /// <summary>The optimizers, each with the name of the sub-module that it updates; empty for the whole model.</summary>
    internal IReadOnlyList<(string Part, Optimizer Optimizer)> Optimizers { get; }

    /// <summary>The parameters that each optimizer updates, with the name of the sub-module.</summary>
    internal IReadOnlyList<(string Part, FlatParameters Parameters)> Parts => [.. Optimizers.Select(o => (o.Part, o.Optimizer.Parameters))];

    /// <summary>The epoch being trained and the steps taken.</summary>
    public Progress At { get; internal set; }

    /// <summary>Whether the model's buffers are already those of the next step, <see cref="LateSteps"/>.</summary>
    internal bool IsAhead { get; set; }

    /// <summary>The sums over this epoch's steps so far.</summary>
    internal RunningEpoch Running { get; set; }

    /// <summary>Returns the sums over this epoch's steps with its times up to now.</summary>
    internal Func<RunningEpoch> UpToNow { get; set; } = () => default;

    /// <summary>Returns the digest of what a stream has returned for the steps taken; null where the data is not a stream.</summary>
    internal Func<string>? StreamDigest { get; set; }

    /// <summary>Every pass so far.</summary>
    public History History { get; internal set; } = History.Empty;

    /// <summary>Calls a function while the model has the weights that the training is for: the averaged ones where there is an average.</summary>
    internal T WithAveraged<T>(Func<T> read) => Average is { } average ? average.With(averaged: true, read) : read();

    /// <summary>Throws if a weight is not finite.</summary>
    /// <exception cref="WorkFailedException">A weight is not finite; its parameter is named.</exception>
    internal void ThrowUnlessFinite()
    {
        foreach ((_, Optimizer optimizer) in Optimizers)
        {
            FiniteGuard.Weights(optimizer.Parameters, _buffers, At);
        }
    }

    /// <summary>Returns the state of every optimizer as views, by the names under which it is saved: <c>exp_avg.fc1.weight</c>. The caller
    /// disposes them.</summary>
    internal IEnumerable<KeyValuePair<string, Tensor>> NamedOptimizerState() => Optimizers.SelectMany(o => o.Optimizer.NamedState(Prefix(o.Part)));

    /// <summary>Restores the state of every optimizer.</summary>
    /// <exception cref="RequestException">A part is missing, unexpected, or of another shape or type; nothing is changed.</exception>
    internal void RestoreOptimizers(ResumePoint from)
    {
        using DisposeScope scope = NewDisposeScope();
        NamedTensors.CopyInto(new Dictionary<string, Tensor>(NamedOptimizerState()), from.OptimizerState, "The saved state does not fit the optimizer");
        foreach ((string part, Optimizer optimizer) in Optimizers)
        {
            optimizer.Steps = from.OptimizerSteps?.GetValueOrDefault(part) ?? from.At.Step;
        }
    }

    /// <summary>Returns the beginning of the names of a part's parameters in the model.</summary>
    internal static string Prefix(string part) => part.Length == 0 ? string.Empty : $"{part}.";

    /// <summary>The epoch and step of the best weights so far, with the monitored value; null before the first validation.</summary>
    public BestWeights? Best { get; internal set; }
}
