using Regimen.Optimization;
using Regimen.Runs;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>All that a training is at a moment; what a checkpoint saves.</summary>
public sealed class TrainingState
{
    private readonly FiniteBuffers _buffers;

    internal TrainingState(nn.Module model, Optimizer optimizer)
    {
        Model = model;
        Optimizer = optimizer;
        _buffers = new FiniteBuffers(model);
    }

    /// <summary>The model in training.</summary>
    public nn.Module Model { get; }

    /// <summary>The optimizer with its state.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>The epoch being trained and the steps taken.</summary>
    public Progress At { get; internal set; }

    /// <summary>What the steps of this epoch have gathered.</summary>
    internal RunningEpoch Running { get; set; }

    /// <summary>The same with its times counted to this instant.</summary>
    internal Func<RunningEpoch> UpToNow { get; set; } = () => default;

    /// <summary>Every pass so far.</summary>
    public History History { get; internal set; } = History.Empty;

    /// <summary>Refuses weights that no checkpoint may hold.</summary>
    /// <exception cref="WorkFailedException">A weight is not finite; its parameter is named.</exception>
    internal void ThrowUnlessFinite() => FiniteGuard.Weights(Optimizer.Parameters, _buffers, At);

    /// <summary>The best moment so far and its monitored value; null before the first validation.</summary>
    public BestWeights? Best { get; internal set; }
}
