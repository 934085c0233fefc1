using Regimen.Curves;
using Regimen.Files;
using Regimen.Runs;

namespace Regimen.Listing;

/// <summary>Reads a row from a run's folder. It never throws for what is in the folder.</summary>
internal static class RunRowReader
{
    private const string MonitorKey = "early_stopping.monitor";
    private const string DefaultMonitor = "val.loss";

    /// <summary>Reads what the files say. What changes without a change of the small files (the lock, the number of steps) is left to
    /// <see cref="WithPresent"/>.</summary>
    public static RunRow Read(string folder)
    {
        var problems = new List<string>();
        RunLabels labels = Try(() => RunLabels.Read(folder), RunLabels.None, problems);
        ConfigKeys config = Try(() => ConfigFlattener.Read(Path.Combine(folder, "config.yaml")), ConfigKeys.None, problems);
        var row = new RunRow { Folder = folder, Name = RunNames.Of(folder), Config = config, Tags = labels.Tags, Note = labels.Note };
        RunManifest manifest;
        try
        {
            manifest = RunManifest.Read(Path.Combine(folder, "run.json"));
        }
        catch (RequestException exception)
        {
            return row with { Damage = exception.Problems[0].ToString(), Problems = problems };
        }

        IReadOnlyList<MetricRow> rows = Rows(folder, problems);
        string monitor = config[MonitorKey] is { } key ? ConfigKeys.Plain(key) : DefaultMonitor;
        RunRow read = Of(row, manifest) with { Monitor = monitor, Problems = problems };
        return WithMetrics(read, manifest, rows);
    }

    /// <summary>Returns the row as the run is at this moment: whether it is live, and how far it is.</summary>
    public static RunRow WithPresent(RunRow row)
    {
        if (row.Recorded != RunStatus.Running)
        {
            return row;
        }

        var steps = new FileInfo(Path.Combine(row.Folder, "steps.f32"));
        return row with { IsLive = RunLock.IsHeld(row.Folder), Steps = steps.Exists ? steps.Length / sizeof(float) : 0 };
    }

    private static RunRow Of(RunRow row, RunManifest manifest) => row with
    {
        Recorded = manifest.Status,
        Reason = manifest.Reason,
        Error = manifest.Error,
        Started = manifest.Started,
        Ended = manifest.Ended,
        Seconds = manifest.Seconds,
        Seed = manifest.Imported is null ? manifest.Seed : null,
        Model = manifest.Model,
        Data = manifest.Data,
        Device = manifest.Device,
        Program = manifest.Program,
        Imported = manifest.Imported?.From,
        Parent = manifest.Fork is { } fork ? $"{fork.Run}@{fork.Checkpoint}" : null,
        Parameters = manifest.Parameters,
        Epochs = manifest.Epochs,
        Steps = manifest.Steps,
        Plan = manifest.Plan,
        BestEpoch = manifest.BestEpoch,
        BestStep = manifest.BestStep,
        MetricModes = manifest.MetricModes,
        WeightsDigest = manifest.WeightsDigest,
        Values = new Dictionary<string, double?>(manifest.Results),
    };

    /// <summary>Adds what the rows of the metrics say: the best value, and for a run that has not ended its epochs and latest values.</summary>
    private static RunRow WithMetrics(RunRow row, RunManifest manifest, IReadOnlyList<MetricRow> rows)
    {
        bool isLower = MetricDirection.IsLowerBetter(row.Monitor!, manifest.MetricModes);
        (long Step, double Value)[] monitored = [.. rows.SelectMany(r => r.Values.Where(v => $"{r.Split}.{v.Name}" == row.Monitor).Select(v => (r.Step, v.Value)))];
        double[] candidates = [.. monitored.Where(m => double.IsFinite(m.Value) && (row.BestStep is not { } step || m.Step == step)).Select(m => m.Value)];
        row = row with { Best = candidates.Length == 0 ? null : row.BestStep is not null ? candidates[^1] : isLower ? candidates.Min() : candidates.Max() };
        if (manifest.Status != RunStatus.Running)
        {
            return row;
        }

        MetricRow[] epochs = [.. rows.Where(r => r.Split == Pass.Train)];
        MetricRow? latest = rows.LastOrDefault(r => r.Split == Pass.Validation);
        return row with
        {
            Epochs = epochs.Select(r => r.Epoch).DefaultIfEmpty().Max(),
            Seconds = epochs.Length == 0 ? null : epochs.Sum(r => r.EpochSeconds ?? r.Seconds),
            Values = latest is null ? row.Values : latest.Values.DistinctBy(v => v.Name).ToDictionary(v => $"val.{v.Name}", v => double.IsFinite(v.Value) ? v.Value : (double?)null),
        };
    }

    private static IReadOnlyList<MetricRow> Rows(string folder, List<string> problems) => Try(
        () =>
        {
            string path = Path.Combine(folder, "metrics.jsonl");
            if (!File.Exists(path))
            {
                return [];
            }

            using FileStream file = InputFile.OpenRegular(path);
            (IReadOnlyList<MetricRow> rows, int damaged) = MetricRow.ReadAll(file);
            if (damaged > 0)
            {
                problems.Add($"{path}: {damaged} line(s) are not rows of metrics");
            }

            return rows;
        },
        [],
        problems);

    private static T Try<T>(Func<T> read, T otherwise, List<string> problems)
    {
        try
        {
            return read();
        }
        catch (RequestException exception)
        {
            problems.Add(exception.Problems[0].ToString());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problems.Add(exception.Message);
        }

        return otherwise;
    }
}
