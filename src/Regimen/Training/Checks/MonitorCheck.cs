using Regimen.Evaluation;
using Regimen.Loading;
using Regimen.Metrics;
using Regimen.Optimization;
using Regimen.Runs;

namespace Regimen.Training;

/// <summary>Checks, before the first epoch, that monitored values exist, have the right direction and can be finite on this data.</summary>
internal static class MonitorCheck
{
    public static IEnumerable<Problem> Check(TrainOptions options, Objective objective, DataLoader train, DataLoader? validation, IReadOnlyList<string>? stepValues = null)
    {
        IReadOnlyList<MetricName> metrics = Evaluator.Names(objective, (validation ?? train).Dataset, options.Metrics);
        Watcher[] watchers =
        [
            new(options.EarlyStopping?.Monitor, options.EarlyStopping?.Mode, "early_stopping", "early_stopping=none"),
            new(options.Schedule.Watches, options.Schedule.StatedMode, "schedule", "another schedule"),
        ];
        return watchers.Where(w => w.Monitor is not null).Select(w => Check(w, w.Monitor!, objective, metrics, validation, stepValues ?? objective.Parts)).OfType<Problem>();
    }

    private static Problem? Check(Watcher watcher, string monitor, Objective objective, IReadOnlyList<MetricName> metrics, DataLoader? validation, IReadOnlyList<string> stepValues)
    {
        string[] available =
        [
            $"{Pass.Train}.loss",
            .. stepValues.Select(p => $"{Pass.Train}.{p}"),
            .. validation is null ? [] : metrics.Prepend(MetricName.Loss).Select(m => $"{Pass.Validation}.{m.Name}"),
        ];
        if (!available.Contains(monitor))
        {
            return new Problem($"Unknown monitored value '{monitor}'")
            {
                Where = $"{watcher.Group}.monitor",
                Expected = $"one of {string.Join(", ", available)}",
                Received = monitor,
                Hint = validation is null && monitor.StartsWith($"{Pass.Validation}.", StringComparison.Ordinal)
                    ? $"There is no validation set: set data.validation_fraction above 0, or {watcher.Instead}."
                    : $"Choose one of them, or {watcher.Instead}.",
            };
        }

        MonitorMode mode = MonitoredMetric.ModeOf(monitor, metrics);
        if (watcher.StatedMode is { } stated && stated != mode)
        {
            return new Problem($"The stated mode contradicts the metric: a {(mode == MonitorMode.Min ? "lower" : "higher")} {monitor} is better")
            {
                Where = $"{watcher.Group}.mode",
                Expected = $"{Name(mode)}, or null: the direction follows from {watcher.Group}.monitor={monitor}",
                Received = Name(stated),
                Hint = $"Leave {watcher.Group}.mode out, or set {watcher.Group}.mode=null.",
            };
        }

        return WhyUndefined(monitor, objective, metrics, validation) is { } reason
            ? new Problem($"{monitor} can't be a finite number on this validation set: {reason}")
            {
                Where = $"{watcher.Group}.monitor",
                Expected = "a value that is defined on the validation set",
                Received = monitor,
                Hint = $"Monitor {Pass.Validation}.loss, or choose other validation data.",
            }
            : null;
    }

    private static string? WhyUndefined(string monitor, Objective objective, IReadOnlyList<MetricName> metrics, DataLoader? validation)
        => validation is not null && MonitoredMetric.Of(monitor, metrics) is { MayBeUndefined: true } metric
            ? Evaluator.WhyUndefined(objective, metric, validation.InOrder(), validation.Dataset.Classes)
            : null;

    private static string Name(MonitorMode mode) => mode == MonitorMode.Min ? "min" : "max";

    /// <param name="Monitor">The monitored value; null for none.</param>
    /// <param name="StatedMode">The direction that the options state; null if it follows from the metric.</param>
    /// <param name="Group">The group of the options.</param>
    /// <param name="Instead">The setting to suggest if no value can be monitored.</param>
    private sealed record Watcher(string? Monitor, MonitorMode? StatedMode, string Group, string Instead);
}
