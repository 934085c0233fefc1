using Regimen.Engine;
using Regimen.Runs;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>The averaged weights of a training, beside the trained ones. One of both is in the model, the other in a copy of its buffers; they
/// change places for a validation and at the end.</summary>
/// <remarks>When an average is due follows from the epoch and the step. The values and their number do not, so a checkpoint saves them.</remarks>
internal sealed class AveragedWeights : IDisposable
{
    private readonly WeightAverage _options;
    private readonly TrainSetup _setup;
    private readonly TrainPlan _plan;
    private readonly WeightsSnapshot _other;
    private Progress? _statisticsAt;

    public AveragedWeights(WeightAverage options, TrainSetup setup, TrainPlan plan, FlatParameters parameters)
    {
        (_options, _setup, _plan) = (options, setup, plan);
        _other = new WeightsSnapshot(setup.Model, [(string.Empty, parameters)]);
    }

    /// <summary>The number of averages so far. Before the first, the averaged weights are the trained ones.</summary>
    public long Count { get; private set; }

    /// <summary>Whether the averaged weights are in the model, and the trained ones in the copy.</summary>
    public bool AreInModel { get; private set; }

    /// <summary>Takes the weights after a step into the average, if that is due.</summary>
    /// <param name="at">The epoch, and the number of steps taken.</param>
    public void Add(Progress at)
    {
        bool isDue = at.Epoch >= _options.StartEpoch && (_options.Interval is { } every ? at.Step % every == 0 : at.Step == at.Epoch * _plan.StepsPerEpoch);
        if (!isDue)
        {
            return;
        }

        if (Count == 0)
        {
            _other.Take();
        }
        else
        {
            _other.MoveTowards(_options.ShareAfter(Count), _options.StatisticsFrom is null);
        }

        Count++;
    }

    /// <summary>Puts the averaged or the trained weights into the model.</summary>
    public void Put(bool averaged)
    {
        if (Count > 0 && AreInModel != averaged)
        {
            _other.Swap();
            AreInModel = averaged;
        }
    }

    /// <summary>Puts the averaged weights into the model, with statistics of batch norms that fit them.</summary>
    /// <param name="at">The epoch, and the number of steps taken.</param>
    /// <param name="cancellationToken">Ends the computation of the statistics.</param>
    public void PutWithStatistics(Progress at, CancellationToken cancellationToken)
    {
        Put(averaged: true);
        if (Count > 0 && _options.StatisticsFrom is { } batches && _statisticsAt != at)
        {
            BatchNormStatistics.Compute(
                _setup.Model, _setup.Objective, _setup.Train, _setup.Options.Seed, at.Epoch, Math.Min(batches, _plan.BatchesPerEpoch), cancellationToken);
            _statisticsAt = at;
        }
    }

    /// <summary>Calls a function while the averaged or the trained weights are in the model.</summary>
    public T With<T>(bool averaged, Func<T> read)
    {
        bool before = AreInModel;
        Put(averaged);
        try
        {
            return read();
        }
        finally
        {
            Put(before);
        }
    }

    /// <summary>Restores the average of a checkpoint. The model has the trained weights.</summary>
    /// <param name="count">The number of averages.</param>
    /// <param name="averaged">The averaged weights by name; null before the first average.</param>
    public void Restore(long count, IReadOnlyDictionary<string, Tensor>? averaged)
    {
        if (averaged is not null && count > 0)
        {
            _other.Fill(averaged);
            Count = count;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _other.Dispose();
}
