using Regimen.Data;
using static TorchSharp.torch;

namespace Regimen.Metrics;

/// <summary>Measures predictions over a split, batch by batch. The values do not depend on how the samples are divided into batches.</summary>
public interface IMetric
{
    /// <summary>The names of its values, in their order. They do not change.</summary>
    IReadOnlyList<MetricName> Names { get; }

    /// <summary>The values so far by name; one for each of <see cref="Names"/>. NaN where a value is undefined.</summary>
    IReadOnlyDictionary<string, double> Values { get; }

    /// <summary>The reason why a value is NaN, by its name; empty where none is known.</summary>
    IReadOnlyDictionary<string, string> Undefined => new Dictionary<string, string>();

    /// <summary>Adds a batch. Gradients are off; a dispose scope is open.</summary>
    /// <param name="predictions">The objective's predictions, <c>[batch, …]</c>, on the batch's device.</param>
    /// <param name="batch">The batch that they are for, with its targets.</param>
    /// <exception cref="RequestException">Predictions or targets have another shape or type than the metric measures.</exception>
    void Add(Tensor predictions, Batch batch);

    /// <summary>Adds what another metric of the same class and options has measured, as if its batches had been added here after the
    /// others.</summary>
    /// <exception cref="ArgumentException">The other metric is of another class.</exception>
    void Merge(IMetric other);
}
