namespace Regimen.Metrics;

/// <summary>A metric as a config or a program asks for it: a record whose properties are its keys, with a <see cref="MetricAttribute"/> that
/// gives its name in configs. Measured on each validation and test, beside the task's own metrics.</summary>
public abstract record Metric
{
    /// <summary>A measurement that has seen no batch yet.</summary>
    /// <param name="context">What is known of the data and the objective.</param>
    /// <exception cref="RequestException">The metric can't measure such data.</exception>
    public abstract IMetric Create(MetricContext context);
}

/// <summary>On a record that derives from <see cref="Metric"/>: its properties are the keys of an element of <c>metrics</c>.</summary>
/// <param name="name">The name a config chooses it by.</param>
public sealed class MetricAttribute(string name) : CatalogAttribute(name);
