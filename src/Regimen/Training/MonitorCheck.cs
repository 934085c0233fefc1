using Regimen.Data;
using Regimen.Evaluation;
using Regimen.Optimization;

namespace Regimen.Training;

/// <summary>Refuses to watch a value that will never come, before the first epoch.</summary>
internal static class MonitorCheck
{
    public static IEnumerable<Problem> Check(TrainOptions options, Objective objective, DataLoader train, DataLoader? validation)
    {
        if (options.EarlyStopping is not { } stopping)
        {
            yield break;
        }

        string[] available =
        [
            $"{Pass.Train}.loss",
            .. validation is null ? [] : Evaluator.MetricNames(objective, train.Dataset.Classes).Prepend("loss").Select(m => $"{Pass.Validation}.{m}"),
        ];
        if (!available.Contains(stopping.Monitor))
        {
            yield return new Problem($"There is no value named '{stopping.Monitor}' to watch")
            {
                Where = "early_stopping.monitor",
                Expected = $"one of {string.Join(", ", available)}",
                Received = stopping.Monitor,
                Hint = validation is null && stopping.Monitor.StartsWith($"{Pass.Validation}.", StringComparison.Ordinal)
                    ? "There is no validation set: set data.validation_fraction above 0, or early_stopping=none."
                    : "Choose one of them, or early_stopping=none.",
            };
        }
    }
}
