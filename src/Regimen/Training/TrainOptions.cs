using System.ComponentModel.DataAnnotations;
using Regimen.Metrics;
using Regimen.Optimization;

namespace Regimen.Training;

/// <summary>How long and how carefully to train.</summary>
public sealed record TrainOptions
{
    /// <summary>Passes over the training set, at most.</summary>
    [Range(1, 1_000_000)]
    public int Epochs { get; init; } = 20;

    /// <summary>Steps over the whole run, at most; null for as many as the epochs have.</summary>
    [Range(1, long.MaxValue)]
    public long? MaxSteps { get; init; }

    /// <summary>Validates also every so many steps, inside an epoch; null for at an epoch's end only.</summary>
    [Range(1, long.MaxValue)]
    public long? ValidateEverySteps { get; init; }

    /// <summary>Scales a step's gradients down to this Euclidean norm over all parameters where they exceed it; null for never.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double? ClipNorm { get; init; }

    /// <summary>Batches whose gradients make one step, weighted by their samples.</summary>
    [Range(1, 1_048_576)]
    public int Accumulate { get; init; } = 1;

    /// <summary>Batches of an epoch, at most; null for all.</summary>
    [Range(1, int.MaxValue)]
    public int? LimitTrainBatches { get; init; }

    /// <summary>What a training step computes in: bf16 makes large convolutions and matrix products faster on processors that have it,
    /// and the weights other ones.</summary>
    public Precision Precision { get; init; }

    /// <summary>Where every random number of the run comes from.</summary>
    [ConfigIgnore]
    public ulong Seed { get; init; } = 42;

    /// <summary>The learning rate's course.</summary>
    [ConfigIgnore]
    public Schedule Schedule { get; init; } = new ConstantSchedule();

    /// <summary>When to stop before the last epoch; null for never.</summary>
    [ConfigIgnore]
    public EarlyStoppingOptions? EarlyStopping { get; init; }

    /// <summary>Measured on each validation, beside the task's own metrics.</summary>
    [ConfigIgnore]
    public IReadOnlyList<Metric> Metrics { get; init; } = [];
}
