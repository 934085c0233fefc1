using System.ComponentModel.DataAnnotations;

namespace Regimen.Training;

/// <summary>How the weights of a training are averaged over its steps. Validations, the best weights and the end of the training use the
/// averaged weights; the steps go on with the trained ones.</summary>
public abstract record WeightAverage
{
    /// <summary>The first epoch whose weights are averaged. Before the first average, the trained weights take its place.</summary>
    [Range(1, 1_000_000)]
    public int StartEpoch { get; init; } = 1;

    /// <summary>The interval of the averages in steps; null for one after the last step of each epoch.</summary>
    [ConfigIgnore]
    public abstract long? Interval { get; }

    /// <summary>The number of training batches from which the statistics of batch norms are computed again, with the averaged weights, before a
    /// validation; null where they are averaged like the weights.</summary>
    [ConfigIgnore]
    public virtual int? StatisticsFrom => null;

    /// <summary>Returns the weight of the trained weights in the next average, above 0 and at most 1; that of the earlier average is the rest.</summary>
    /// <param name="averages">The number of averages so far, from 1: the first one is a copy of the weights.</param>
    public abstract double ShareAfter(long averages);
}

/// <summary>Registers a record that derives from <see cref="WeightAverage"/>: its properties are the config's keys.</summary>
/// <param name="name">The name of the average in a config.</param>
public sealed class WeightAverageAttribute(string name) : CatalogAttribute(name);
