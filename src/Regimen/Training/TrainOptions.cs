using System.ComponentModel.DataAnnotations;
using Regimen.FineTuning;
using Regimen.Metrics;
using Regimen.Optimization;

namespace Regimen.Training;

/// <summary>Options of the training loop.</summary>
public sealed record TrainOptions
{
    /// <summary>What ended a run (<c>stopped_by</c> in its record) that <see cref="MaxMinutes"/> ended.</summary>
    public const string TimeLimit = "trainer.max_minutes";

    /// <summary>The maximum number of epochs.</summary>
    [Range(1, 1_000_000)]
    public int Epochs { get; init; } = 20;

    /// <summary>The maximum number of steps over the whole run; null for no limit other than the epochs.</summary>
    [Range(1, long.MaxValue)]
    public long? MaxSteps { get; init; }

    /// <summary>The maximum time of the training in minutes, validations and the time before a resumption included: after it, the run ends
    /// with the step that it is at, as with its last one. Null for no limit.</summary>
    [Range(0, 1e9, MinimumIsExclusive = true)]
    public double? MaxMinutes { get; init; }

    /// <summary>The interval, in steps, of additional validations within an epoch; null to validate only at the end of each epoch.</summary>
    [Range(1, long.MaxValue)]
    public long? ValidateEverySteps { get; init; }

    /// <summary>The maximum Euclidean norm of a step's gradients over all parameters; larger gradients are scaled down. Null for no clipping.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double? ClipNorm { get; init; }

    /// <summary>The number of batches whose gradients are accumulated for one step, weighted by their samples.</summary>
    [Range(1, 1_048_576)]
    public int Accumulate { get; init; } = 1;

    /// <summary>The maximum number of batches per epoch; null for all.</summary>
    [Range(1, int.MaxValue)]
    public int? LimitTrainBatches { get; init; }

    /// <summary>The precision of a training step's computations. bf16 makes large convolutions and matrix products faster on processors that
    /// support it; the resulting weights differ from those of fp32.</summary>
    public Precision Precision { get; init; }

    /// <summary>Whether batch norm normalises by the whole batch of all ranks of a job, in place of each rank's share of it. Nothing changes for one
    /// process.</summary>
    public bool SyncBatchNorm { get; init; }

    /// <summary>The seed of all random numbers of the run.</summary>
    [ConfigIgnore]
    public ulong Seed { get; init; } = 42;

    /// <summary>The learning rate schedule.</summary>
    [ConfigIgnore]
    public Schedule Schedule { get; init; } = new ConstantSchedule();

    /// <summary>The options of early stopping; null for no early stopping.</summary>
    [ConfigIgnore]
    public EarlyStoppingOptions? EarlyStopping { get; init; }

    /// <summary>The average of the weights over the steps; null for none.</summary>
    [ConfigIgnore]
    public WeightAverage? Average { get; init; }

    /// <summary>The parameters that are not trained, or not before an epoch.</summary>
    [ConfigIgnore]
    public IReadOnlyList<FreezeRule> Freeze { get; init; } = [];

    /// <summary>Metrics to measure on each validation in addition to the task's own.</summary>
    [ConfigIgnore]
    public IReadOnlyList<Metric> Metrics { get; init; } = [];
}
