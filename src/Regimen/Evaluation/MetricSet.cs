using Regimen.Data;
using Regimen.Metrics;
using Regimen.Optimization;
using Regimen.Runs;
using static TorchSharp.torch;

namespace Regimen.Evaluation;

/// <summary>The metrics measured in one evaluation in addition to the loss: the task's own and the configured ones.</summary>
internal sealed class MetricSet
{
    private readonly IMetric[] _metrics;

    private MetricSet(IMetric? ofTask, IEnumerable<IMetric> others, IReadOnlyList<string> parts)
    {
        Task = ofTask as ITaskMetrics;
        _metrics = [.. ofTask is null ? [] : (IMetric[])[ofTask], .. others];
        Names = [.. parts.Select(p => new MetricName(p, MonitorMode.Min)), .. _metrics.SelectMany(m => m.Names)];
    }

    /// <summary>The built-in metrics of the task; null for a user-defined task, and if only the loss is measured.</summary>
    public ITaskMetrics? Task { get; }

    /// <summary>The names of all values, without the loss: its parts, which the evaluation measures, and those of the metrics.</summary>
    public IReadOnlyList<MetricName> Names { get; }

    /// <summary>The values of the metrics by name, in the order of <see cref="Names"/>.</summary>
    public IReadOnlyDictionary<string, double> Values
    {
        get
        {
            var values = new OrderedDictionary<string, double>();
            foreach (IMetric metric in _metrics)
            {
                IReadOnlyDictionary<string, double> measured = metric.Values;
                foreach (MetricName name in metric.Names)
                {
                    values[name.Name] = measured.TryGetValue(name.Name, out double value)
                        ? value
                        : throw new InvalidOperationException($"The metric {metric.GetType().Name} declares the name '{name.Name}' but returned no value for it.");
                }
            }

            return values;
        }
    }

    /// <summary>The reasons why values are NaN, by name.</summary>
    public IReadOnlyDictionary<string, string> Undefined => _metrics.SelectMany(m => m.Undefined).DistinctBy(u => u.Key).ToDictionary(u => u.Key, u => u.Value);

    /// <summary>Creates metrics without any batch yet.</summary>
    /// <param name="objective">The objective, whose task has its own metrics. These come first.</param>
    /// <param name="metrics">The additional metrics.</param>
    /// <param name="classes">The names of the classes or labels.</param>
    /// <param name="scale">The scaling of the target; null if it is not scaled.</param>
    /// <exception cref="RequestException">Two values have the same name, or a name can't be a key.</exception>
    public static MetricSet Create(Objective objective, IReadOnlyList<Metric> metrics, IReadOnlyList<string> classes, TargetScale? scale)
    {
        var context = new MetricContext(classes) { Scale = scale, DecisionThreshold = objective.DecisionThreshold, PositiveIndex = objective.PositiveIndex ?? 1, IgnoredTarget = objective.IgnoredTarget };
        var set = new MetricSet(objective.Task.CreateMetrics(context), metrics.Select(m => m.Create(context)), objective.Parts);
        Problem[] problems = [.. Problems(set)];
        return problems.Length == 0 ? set : throw new RequestException(problems);
    }

    /// <summary>Checks a batch's targets before the loss is computed, for a clearer error than a failing loss.</summary>
    public void Check(Batch batch)
    {
        if (Task is { } metrics)
        {
            metrics.Check(batch.Target);
        }
    }

    /// <summary>Adds a batch.</summary>
    public void Add(Tensor predictions, Batch batch)
    {
        foreach (IMetric metric in _metrics)
        {
            metric.Add(predictions, batch);
        }
    }

    private static IEnumerable<Problem> Problems(MetricSet set)
    {
        foreach (IGrouping<string, MetricName> same in set.Names.Prepend(MetricName.Loss).GroupBy(n => n.Name).Where(g => g.Skip(1).Any()))
        {
            yield return new Problem($"Two metrics have a value named '{same.Key}'")
            {
                Where = "metrics",
                Expected = "a name for each value: the task's own metrics are measured without being listed",
                Hint = "Give the value another name, or take the metric out of the list.",
            };
        }

        foreach (MetricName column in set.Names.Where(n => n.Name != MetricName.Loss.Name && MetricsFile.Columns.Contains(n.Name)))
        {
            yield return new Problem($"A metric's value is named '{column.Name}', which is a column of metrics.jsonl")
            {
                Where = "metrics",
                Expected = $"a name other than {string.Join(", ", MetricsFile.Columns)}",
                Received = column.Name,
            };
        }

        foreach (MetricName wrong in set.Names.Where(n => !IsKey(n.Name)))
        {
            yield return new Problem("The name of a metric's value is not a valid key")
            {
                Where = "metrics",
                Expected = "lower-case letters, digits and underscores, beginning with a letter",
                Received = wrong.Name,
            };
        }
    }

    private static bool IsKey(string name) => name.Length > 0 && char.IsAsciiLetterLower(name[0]) && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');
}
