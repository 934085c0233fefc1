using Regimen.Data;
using Regimen.Evaluation;
using Regimen.Optimization;

namespace Regimen.Training;

/// <summary>Refuses to watch a value that will never come, before the first epoch.</summary>
internal static class MonitorCheck
{
    public static IEnumerable<Problem> Check(TrainOptions options, Objective objective, DataLoader train, DataLoader? validation)
    {
        (string? Monitor, string Group, string Instead)[] watchers =
        [
            (options.EarlyStopping?.Monitor, "early_stopping", "early_stopping=none"),
            (options.Schedule.Watches, "schedule", "another schedule"),
        ];
        return watchers.Where(w => w.Monitor is not null).SelectMany(w => Check(w.Monitor!, w.Group, w.Instead, objective, train, validation));
    }

    private static IEnumerable<Problem> Check(
        string monitor, string group, string instead, Objective objective, DataLoader train, DataLoader? validation)
    {
        string[] available =
        [
            $"{Pass.Train}.loss",
            .. validation is null ? [] : Evaluator.MetricNames(objective, train.Dataset.Classes).Prepend("loss").Select(m => $"{Pass.Validation}.{m}"),
        ];
        if (!available.Contains(monitor))
        {
            yield return new Problem($"There is no value named '{monitor}' to watch")
            {
                Where = $"{group}.monitor",
                Expected = $"one of {string.Join(", ", available)}",
                Received = monitor,
                Hint = validation is null && monitor.StartsWith($"{Pass.Validation}.", StringComparison.Ordinal)
                    ? $"There is no validation set: set data.validation_fraction above 0, or {instead}."
                    : $"Choose one of them, or {instead}.",
            };
        }
    }
}
