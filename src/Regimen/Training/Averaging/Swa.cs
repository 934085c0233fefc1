using System.ComponentModel.DataAnnotations;

namespace Regimen.Training;

/// <summary>Stochastic weight averaging: the mean of the weights at regular intervals (Izmailov and others, 2018). The statistics of batch norms
/// are computed again with the averaged weights; PyTorch's <c>AveragedModel</c> and <c>update_bn</c>.</summary>
[WeightAverage("swa")]
public sealed record Swa : WeightAverage
{
    /// <summary>The interval of the averages, in steps; null for one after the last step of each epoch.</summary>
    [Range(1, long.MaxValue)]
    public long? Every { get; init; }

    /// <summary>The number of training batches from which the statistics of batch norms are computed before a validation and at the end of an
    /// epoch; null for those of an epoch.</summary>
    [Range(1, int.MaxValue)]
    public int? BatchNormBatches { get; init; }

    /// <inheritdoc/>
    [ConfigIgnore]
    public override long? Interval => Every;

    /// <inheritdoc/>
    [ConfigIgnore]
    public override int? StatisticsFrom => BatchNormBatches ?? int.MaxValue;

    /// <inheritdoc/>
    public override double ShareAfter(long averages) => 1.0 / (averages + 1);
}
