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

/// <summary>A run in words before its first step, in words after its last, and as JSON.</summary>
internal static class RunText
{
    public static RunHeader Header(Experiment experiment, RunFolder folder, string workingDirectory)
    {
        string parts = string.Join(", ", experiment.Data.Parts.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Name} {p.Data.Count:#,0}")));
        RunConfig config = experiment.Config;
        return new RunHeader(
            $"{config.Data.Name} {DataReport.Describe(experiment.Data.Train.Fields.Where(f => !f.IsTarget))}, {parts}",
            string.Create(CultureInfo.InvariantCulture, $"{config.Model.Name}, {experiment.Summary.Parameters:#,0} parameters"),
            $"{config.Optimizer.Name}, batch {config.Loader.BatchSize}, at most {Count(config.Trainer.Epochs, "epoch")}, seed {config.Seed}",
            $"{config.Device.ToString().ToLowerInvariant()}, {Count(config.Threads!.Value, "thread")}",
            Near(folder.FullPath, workingDirectory))
        {
            PositiveClass = experiment.PositiveClass,
            Notes = experiment.Data.Notes,
            Targets = TargetScale.Of(experiment.Data.Train)?.Summary,
            Metrics = [.. MetricsToShow(config, experiment.MetricNames)],
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
            // Without a test part the numbers of the weights that the run ended with are validation's.
            rows.AddRange(validation.Select(v => ($"val {v.Key}", v.Key == "loss" ? DisplayText.Number(v.Value) : DisplayText.Metric(v.Key, v.Value))));
        }

        if (training.Best is { } best)
        {
            rows.Add((training.Restored ? "weights" : "best", $"{(training.Restored ? "the best, of " : string.Empty)}{best.At}"));
        }

        rows.Add(("time", EpochLine.Duration(outcome.Manifest.Seconds ?? training.Seconds)));
        rows.Add(("run", Near(folder.FullPath, workingDirectory)));
        rows.Add(("checkpoints", Near(folder.CheckpointsFolder, workingDirectory)));
        rows.Add(("log", Near(folder.LogFile, workingDirectory)));
        string what = training.Status switch
        {
            TrainStatus.Finished => "Finished",
            TrainStatus.StoppedEarly => "Stopped early",
            _ => "Interrupted",
        };
        return new RunSummary($"{what} after {training.At}: {training.Reason}.", rows);
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
        if (manifest.PositiveClass is { } positive)
        {
            document["positive_class"] = positive;
        }

        return document;
    }

    /// <summary>The task's first metric, and whatever early stopping or the schedule watches: the loss has columns of its own.</summary>
    private static IEnumerable<string> MetricsToShow(RunConfig config, IReadOnlyList<string> names)
    {
        string?[] all = [.. names.Take(1).Select(n => $"val.{n}"), config.EarlyStopping?.Monitor, config.Schedule.Options.Watches];
        return all.OfType<string>().Where(m => m is not ("val.loss" or "train.loss") && m.Contains('.', StringComparison.Ordinal)).Distinct();
    }

    private static string Count(int number, string noun) => $"{number} {noun}{(number == 1 ? string.Empty : "s")}";

    /// <summary>A path as one would type it from the working directory, where it lies below; else whole.</summary>
    private static string Near(string path, string workingDirectory)
    {
        string relative = Path.GetRelativePath(workingDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    private static JsonObject? Values(IReadOnlyDictionary<string, double?>? values)
        => values is null ? null : new JsonObject(values.Select(v => KeyValuePair.Create(v.Key, ProblemReport.Number(v.Value))));
}
