using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Evaluation;
using Regimen.Metrics;
using Regimen.Optimization;
using Regimen.Reports;
using Regimen.Text;

namespace Regimen.Findings;

/// <summary>Collects findings in an evaluation: <see cref="Metrics"/> is given to it, and <see cref="Finish"/> reads its result.</summary>
internal sealed class FindingsPass
{
    private readonly IDataset _data;
    private readonly string _split;
    private readonly PredictionTask _task;
    private readonly JsonObject? _encoding;
    private readonly Collector? _collector;
    private Exception? _failure;

    /// <summary>Prepares the collection.</summary>
    /// <param name="objective">The objective.</param>
    /// <param name="data">The split.</param>
    /// <param name="encoding">How samples are computed from their source (<see cref="DataSplits.Encoding"/>); null if they are used unchanged.</param>
    /// <param name="split">The split's name.</param>
    public FindingsPass(Objective objective, IDataset data, JsonObject? encoding, string split)
    {
        (_data, _split, _encoding, _task) = (data, split, encoding, objective.Task);
        try
        {
            _collector = Create(objective);
        }
        catch (Exception exception)
        {
            // As in an evaluation: nothing that is found beside the metrics fails a run.
            _failure = exception;
        }
    }

    /// <summary>The collection as a metric of the evaluation; empty for tasks without findings.</summary>
    public IReadOnlyList<Metric> Metrics => _collector is null ? [] : [new Collecting(_collector)];

    /// <summary>Why the task has no findings; null where it has some.</summary>
    public string? WhyNone => _collector is null && _failure is null ? $"Mistakes and calibration are not collected for the task {_task.Name}." : null;

    /// <summary>Why there are no findings although the task has some; null where there are.</summary>
    public string? Problem => (_failure ?? _collector?.Failure)?.Message.Split('\n')[0];

    /// <summary>Returns the findings; null for tasks without any, and if <see cref="Problem"/> prevented them.</summary>
    public RunFindings? Finish(EvaluationResult result)
    {
        if (_collector is null || Problem is not null)
        {
            return null;
        }

        try
        {
            var reader = new SampleReader(_data, _encoding is { } step && IsStep(step, TableRowEncoder.StepName) ? TableRowEncoder.FromJson(step) : null);
            var about = new RunFindings { Split = _split, Task = _task.Name, Samples = result.Samples, Classes = _task is NextTokenTask ? [] : _data.Classes };
            return _collector.Finish(about, result, reader.Read);
        }
        catch (Exception exception)
        {
            _failure = exception;
            return null;
        }
    }

    private Collector? Create(Objective objective) => _task switch
    {
        ClassificationTask when _data.Classes.Count > 0 => new ClassCollector(positive: null, objective.DecisionThreshold, objective.IgnoredTarget),
        BinaryTask when _data.Classes.Count == 2 => new ClassCollector(objective.PositiveIndex ?? 1, objective.DecisionThreshold, objective.IgnoredTarget),
        MultiLabelTask when _data.Classes.Count > 0 => new LabelCollector(_data.Classes, objective.DecisionThreshold),
        RegressionTask => new RegressionCollector(TargetScale.Of(_data)),
        NextTokenTask => new TextCollector(_encoding is { } step && IsStep(step, Tokenizer.StepName) ? Tokenizer.FromJson(step) : null, objective.IgnoredTarget),
        _ => null,
    };

    private static bool IsStep(JsonObject step, string name) => step["name"] is JsonValue value && value.TryGetValue(out string? text) && text == name;

    private sealed record Collecting(Collector Collector) : Metric
    {
        public override IMetric Create(MetricContext context) => Collector;
    }
}
