using Regimen.Optimization;
using Regimen.Runs;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>The complete state of a training, which a checkpoint saves.</summary>
public sealed class TrainingState
{
    private readonly FiniteBuffers _buffers;

    internal TrainingState(nn.Module model, Optimizer optimizer, AveragedWeights? average = null)
    {
        Model = model;
        Optimizer = optimizer;
        Average = average;
        _buffers = new FiniteBuffers(model);
    }

    /// <summary>The model in training. If its weights are averaged, it has the averaged ones in the events <see cref="TrainEvent.Validated"/>,
    /// <see cref="TrainEvent.EpochEnded"/> and <see cref="TrainEvent.Ended"/>, and the trained ones in all others.</summary>
    public nn.Module Model { get; }

    /// <summary>The averaged weights; null for a training without an average.</summary>
    internal AveragedWeights? Average { get; }

    /// <summary>The optimizer with its state.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>The epoch being trained and the steps taken.</summary>
    public Progress At { get; internal set; }

    /// <summary>The sums over this epoch's steps so far.</summary>
    internal RunningEpoch Running { get; set; }

    /// <summary>Returns the sums over this epoch's steps with its times up to now.</summary>
    internal Func<RunningEpoch> UpToNow { get; set; } = () => default;

    /// <summary>Every pass so far.</summary>
    public History History { get; internal set; } = History.Empty;

    /// <summary>Calls a function while the model has the weights that the training is for: the averaged ones where there is an average.</summary>
    internal T WithAveraged<T>(Func<T> read) => Average is { } average ? average.With(averaged: true, read) : read();

    /// <summary>Throws if a weight is not finite.</summary>
    /// <exception cref="WorkFailedException">A weight is not finite; its parameter is named.</exception>
    internal void ThrowUnlessFinite() => FiniteGuard.Weights(Optimizer.Parameters, _buffers, At);

    /// <summary>The epoch and step of the best weights so far, with the monitored value; null before the first validation.</summary>
    public BestWeights? Best { get; internal set; }
}
