using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Screen;
using Regimen.Configuration;
using Regimen.Data;
using Regimen.Experiments;
using Regimen.Runs;

namespace Regimen.App.Commands;

/// <summary>Formats a run: the header before its first step, the summary after its last, and the JSON document.</summary>
internal static class RunText
{
    public static RunHeader Header(Experiment experiment, RunFolder folder, string workingDirectory)
    {
        string parts = string.Join(", ", experiment.Data.Parts.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Name} {p.Data.Count:#,0}")));
        RunConfig config = experiment.Config;
        return new RunHeader(
            $"{config.Data.Name} {DataReport.Describe(experiment.Data.Train.Fields.Where(f => !f.IsTarget))}, {parts}",
            string.Create(CultureInfo.InvariantCulture, $"{config.Model.Name}, {experiment.Summary.Parameters:#,0} parameters"),
            $"{config.Optimizer.Name}, batch {config.Loader.WholeBatchSize}, at most {Count(config.Trainer.Epochs, "epoch")}, seed {config.Seed}",
            $"{config.Device}, {(config.Threads is null && experiment.Threads > 1 ? "up to " : "")}{Count(experiment.Threads, "thread")}",
            RelativeIfBelow(folder.FullPath, workingDirectory))
        {
            PositiveClass = experiment.PositiveClass,
            Init = [.. experiment.Init?.Lines() ?? []],
            Frozen = config.Freeze.Count == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{experiment.Summary.Parameters - experiment.Summary.TrainableParameters:#,0} parameters frozen: {string.Join(", ", config.Freeze.Select(f => f.UntilEpoch is { } epoch ? $"{f.Match} until epoch {epoch}" : f.Match))}"),
            Notes = experiment.Data.Notes,
            Targets = TargetScale.Of(experiment.Data.Train)?.Summary,
            Metrics = [.. MetricsToShow(experiment)],
        };
    }

    public static RunSummary Summary(RunOutcome outcome, RunFolder folder, string workingDirectory)
    {
        TrainResult training = outcome.Training;
        List<(string, string)> rows = [];
        if (outcome.Test is { } test)
        {
            rows.Add(("test loss", DisplayText.Number(test.Loss)));
            rows.AddRange(test.Metrics.Select(m => ($"test {m.Key}", DisplayText.Metric(m.Key, m.Value, test.Undefined.GetValueOrDefault(m.Key)))));
        }
        else if (outcome.Manifest.Val is { } validation)
        {
            // Without a test set, the validation results of the final weights are shown.
            rows.AddRange(validation.Select(v => ($"val {v.Key}", v.Key == "loss" ? DisplayText.Number(v.Value) : DisplayText.Metric(v.Key, v.Value))));
        }

        if (training.Best is { } best)
        {
            rows.Add((training.Restored ? "weights" : "best", $"{(training.Restored ? "the best, of " : string.Empty)}{best.At}"));
        }

        rows.Add(("time", EpochLine.Duration(outcome.Manifest.Seconds ?? training.Seconds)));
        rows.Add(("run", RelativeIfBelow(folder.FullPath, workingDirectory)));
        rows.Add(("checkpoints", RelativeIfBelow(folder.CheckpointsFolder, workingDirectory)));
        rows.Add(("log", RelativeIfBelow(folder.LogFile, workingDirectory)));
        if (outcome.Report is { } report)
        {
            rows.Add(("report", RelativeIfBelow(report, workingDirectory)));
        }

        string status = training.Status switch
        {
            TrainStatus.Finished => "Finished",
            TrainStatus.StoppedEarly => "Stopped early",
            _ => "Interrupted",
        };
        return new RunSummary($"{status} after {training.At}: {training.Reason}.", rows);
    }

    public static JsonObject Document(RunManifest manifest, RunFolder folder)
    {
        var document = new JsonObject
        {
            ["run"] = folder.FullPath,
            ["status"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(manifest.Status.ToString()),
            ["epochs"] = manifest.Epochs,
            ["best_epoch"] = manifest.BestEpoch,
            ["val"] = Values(manifest.Val),
            ["test"] = Values(manifest.Test),
            ["weights_digest"] = manifest.WeightsDigest,
            ["seconds"] = ProblemReport.Number(manifest.Seconds),
        };
        if (manifest.Fork is { } fork)
        {
            document["fork"] = new JsonObject { ["run"] = fork.Run, ["checkpoint"] = fork.Checkpoint, ["epoch"] = fork.Epoch, ["step"] = fork.Step };
        }

        if (manifest.PositiveClass is { } positive)
        {
            document["positive_class"] = positive;
        }

        return document;
    }

    /// <summary>Returns the task's first metric, and the metrics monitored by early stopping or the schedule. Losses have columns of their own.</summary>
    private static IEnumerable<string> MetricsToShow(Experiment experiment)
    {
        RunConfig config = experiment.Config;
        IReadOnlyList<string> parts = experiment.Objective.Parts;
        string split = experiment.Data.Validation is { Count: > 0 } ? Pass.Validation : Pass.Train;
        string?[] all = [.. experiment.MetricNames.Except(parts).Take(1).Select(n => $"val.{n}"), .. parts.Select(p => $"{split}.{p}"), config.EarlyStopping?.Monitor, config.Schedule.Options.Watches];
        return all.OfType<string>().Where(m => m is not ("val.loss" or "train.loss") && m.Contains('.', StringComparison.Ordinal)).Distinct();
    }

    private static string Count(int number, string noun) => $"{number} {noun}{(number == 1 ? string.Empty : "s")}";

    /// <summary>Returns the path relative to the working directory if it is below it; the full path otherwise.</summary>
    /// <summary>Returns a path relative to the working directory, if it is below it.</summary>
    public static string RelativeIfBelow(string path, string workingDirectory)
    {
        string relative = Path.GetRelativePath(workingDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    private static JsonObject? Values(IReadOnlyDictionary<string, double?>? values)
        => values is null ? null : new JsonObject(values.Select(v => KeyValuePair.Create(v.Key, ProblemReport.Number(v.Value))));
}
