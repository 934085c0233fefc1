using Regimen.Loading;

namespace Regimen.Training;

/// <summary>How much work a training is, if nothing stops it.</summary>
/// <param name="Epochs">Passes over the training set.</param>
/// <param name="BatchesPerEpoch">Batches in a pass.</param>
/// <param name="Accumulate">Batches in a step; the last step of an epoch has what is left.</param>
/// <param name="StepsPerEpoch">Optimizer updates in a pass.</param>
/// <param name="TotalSteps">Optimizer updates in all.</param>
/// <param name="SamplesPerEpoch">Samples in a pass.</param>
public sealed record TrainPlan(int Epochs, int BatchesPerEpoch, int Accumulate, long StepsPerEpoch, long TotalSteps, long SamplesPerEpoch)
{
    /// <summary>The plan that options make of a loader.</summary>
    public static TrainPlan For(TrainOptions options, DataLoader train)
    {
        int batches = Math.Min(train.Batches, options.LimitTrainBatches ?? int.MaxValue);
        long steps = (batches + options.Accumulate - 1) / options.Accumulate;
        long samples = batches == train.Batches ? train.Samples : (long)batches * train.BatchSize;
        return new(options.Epochs, batches, options.Accumulate, steps, Math.Min(options.MaxSteps ?? long.MaxValue, options.Epochs * steps), samples);
    }

    /// <summary>The first batch of an epoch that is still to come after these steps of it; after the last one the number of batches, as the
    /// last step may have had fewer than the others.</summary>
    internal int FirstBatchAfter(long taken) => (int)Math.Min(taken * Accumulate, BatchesPerEpoch);

    /// <summary>The steps of an epoch that are still to come: the first batch of each and how many it has.</summary>
    /// <param name="taken">Steps of it that were taken already.</param>
    internal IEnumerable<(int FirstBatch, int Batches)> StepsOfAnEpoch(long taken)
    {
        for (int first = FirstBatchAfter(taken); first < BatchesPerEpoch; first += Accumulate)
        {
            yield return (first, Math.Min(Accumulate, BatchesPerEpoch - first));
        }
    }
}
