using Regimen.Loading;
using Regimen.Runs;

namespace Regimen.Training;

/// <summary>The number of epochs, steps and samples of a training that is not stopped early.</summary>
/// <param name="Epochs">The number of epochs.</param>
/// <param name="BatchesPerEpoch">The number of batches in an epoch.</param>
/// <param name="Accumulate">The number of batches in a step; the last step of an epoch may have fewer.</param>
/// <param name="StepsPerEpoch">The number of steps in an epoch.</param>
/// <param name="TotalSteps">The number of steps in the whole training.</param>
/// <param name="SamplesPerEpoch">The number of samples in an epoch.</param>
public sealed record TrainPlan(int Epochs, int BatchesPerEpoch, int Accumulate, long StepsPerEpoch, long TotalSteps, long SamplesPerEpoch)
{
    /// <summary>Computes the plan from the options and the loader of the training set.</summary>
    public static TrainPlan For(TrainOptions options, DataLoader train)
    {
        int batches = Math.Min(train.Batches, options.LimitTrainBatches ?? int.MaxValue);
        long steps = (batches + options.Accumulate - 1) / options.Accumulate;
        long samples = batches == train.Batches ? train.Samples : (long)batches * train.BatchSize;
        int epochs = options.Epochs;
        if (train.Stream is not null && options.MaxSteps is { } most)
        {
            // The length of a training on a stream is its steps.
            epochs = (int)Math.Min(((most - 1) / steps) + 1, int.MaxValue);
        }

        return new(epochs, batches, options.Accumulate, steps, Math.Min(options.MaxSteps ?? long.MaxValue, epochs * steps), samples);
    }

    /// <summary>Returns the plan as a run's manifest holds it.</summary>
    internal RunPlan ToRecord() => new(Epochs, TotalSteps, StepsPerEpoch);

    /// <summary>Returns the index of the first batch after the given number of steps of an epoch; after the last step, the number of batches.</summary>
    internal int FirstBatchAfter(long taken) => (int)Math.Min(taken * Accumulate, BatchesPerEpoch);

    /// <summary>Returns the number of samples that a training on a stream has taken, whose batches are all of the same size.</summary>
    internal long SamplesBefore(Progress at)
    {
        int epochs = Math.Max(0, at.Epoch - 1);
        return ((epochs * (long)BatchesPerEpoch) + FirstBatchAfter(at.Step - (epochs * StepsPerEpoch))) * (SamplesPerEpoch / BatchesPerEpoch);
    }

    /// <summary>The number of samples that a training on a stream takes in total.</summary>
    internal long TotalSamples => SamplesBefore(new((int)((TotalSteps - 1) / StepsPerEpoch) + 1, TotalSteps));

    /// <summary>Returns the remaining steps of an epoch: the index of the first batch of each, and its number of batches.</summary>
    /// <param name="taken">The number of steps of the epoch already taken.</param>
    internal IEnumerable<(int FirstBatch, int Batches)> StepsOfAnEpoch(long taken)
    {
        for (int first = FirstBatchAfter(taken); first < BatchesPerEpoch; first += Accumulate)
        {
            yield return (first, Math.Min(Accumulate, BatchesPerEpoch - first));
        }
    }
}
