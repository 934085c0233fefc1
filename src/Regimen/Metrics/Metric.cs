namespace Regimen.Metrics;

/// <summary>The options of a metric: a record whose properties are its keys, with a <see cref="MetricAttribute"/> that gives its name in
/// configs. It is measured on each validation and test in addition to the task's own metrics.</summary>
public abstract record Metric
{
    /// <summary>Creates a measurement without any batch yet.</summary>
    /// <param name="context">The data's classes and the objective's settings.</param>
    /// <exception cref="RequestException">The metric can't measure such data.</exception>
    public abstract IMetric Create(MetricContext context);

    /// <summary>Whether its values have the same bits on every machine for the same predictions.</summary>
    internal virtual bool IsPortable => false;
}

/// <summary>Registers a record that derives from <see cref="Metric"/>: its properties are the keys of an element of <c>metrics</c>.</summary>
/// <param name="name">The name of the metric in a config.</param>
public sealed class MetricAttribute(string name) : CatalogAttribute(name);
