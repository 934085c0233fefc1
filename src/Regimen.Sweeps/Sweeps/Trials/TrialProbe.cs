using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Runs;
using Regimen.SweepFiles;

namespace Regimen.Sweeps;

/// <summary>What a trial's run folder says.</summary>
/// <param name="Manifest">The manifest; null if the run has not begun.</param>
/// <param name="Rows">The rows of its metrics.</param>
/// <param name="Damage">The problem of a record that can't be read; null for none.</param>
internal sealed record TrialProbe(RunManifest? Manifest, IReadOnlyList<JsonObject> Rows, Problem? Damage)
{
    /// <summary>Reads a trial's run folder, which need not exist.</summary>
    public static TrialProbe Read(string folder)
    {
        string manifest = Path.Combine(folder, "run.json");
        if (!File.Exists(manifest))
        {
            return new TrialProbe(null, [], null);
        }

        try
        {
            string metrics = Path.Combine(folder, "metrics.jsonl");
            return new TrialProbe(RunManifest.Read(manifest), File.Exists(metrics) ? MetricsFile.ReadAll(metrics) : [], null);
        }
        catch (RequestException exception)
        {
            return new TrialProbe(null, [], exception.Problems[0]);
        }
    }

    /// <summary>Whether the run was trained to its end.</summary>
    public bool IsOver => Manifest?.Status is RunStatus.Finished or RunStatus.StoppedEarly;

    /// <summary>The number of complete epochs.</summary>
    public int Epochs => Rows.Where(r => Text(r, "split") == "train").Select(r => Whole(r, "epoch")).DefaultIfEmpty(0).Max();

    /// <summary>Whether the run has been trained and measured to the end of an epoch.</summary>
    public bool HasReached(int epoch, string metric)
    {
        string split = metric.Split('.')[0];
        return Epochs >= epoch && (split == "train" || Rows.Any(r => Text(r, "split") == split && Whole(r, "epoch") >= epoch));
    }

    /// <summary>Returns a trial with what its run says.</summary>
    /// <param name="trial">The trial.</param>
    /// <param name="plan">The plan of the sweep.</param>
    /// <param name="pausedAfter">The epoch that it was to be paused after; null for its end.</param>
    public TrialRecord Apply(TrialRecord trial, SweepPlan plan, int? pausedAfter)
    {
        int epochs = IsOver ? int.MaxValue : pausedAfter ?? int.MaxValue;
        return trial with
        {
            Epochs = IsOver ? Epochs : Math.Min(Epochs, epochs),
            Steps = IsOver ? Manifest!.Steps : Rows.Where(r => Text(r, "split") == "train" && Whole(r, "epoch") <= epochs).Select(r => (long)Number(r["step"])).DefaultIfEmpty(0).Max(),
            Value = Best(plan, epochs),
            RungValues = [.. plan.Rungs.TakeWhile(r => IsOver || (r <= epochs && HasReached(r, plan.Metric))).Select(r => Best(plan, r))],
            Metrics = IsOver ? Final() : trial.Metrics,
        };
    }

    /// <summary>Returns the best value of the metric up to an epoch; null if there is none that is finite.</summary>
    private double? Best(SweepPlan plan, int untilEpoch)
    {
        string[] parts = plan.Metric.Split('.', 2);
        IEnumerable<double?> values = parts[0] == Pass.Test
            ? [Manifest?.Test?.GetValueOrDefault(parts[1])]
            : Rows.Where(r => Text(r, "split") == parts[0] && Whole(r, "epoch") <= untilEpoch).Select(r => r.ContainsKey(parts[1]) ? (double?)Number(r[parts[1]]) : null);
        double[] finite = [.. values.OfType<double>().Where(double.IsFinite)];
        return finite.Length == 0 ? null : plan.Mode == "min" ? finite.Min() : finite.Max();
    }

    private Dictionary<string, double?> Final() => new(
        new[] { (Pass.Validation, Manifest!.Val), (Pass.Test, Manifest.Test) }
            .SelectMany(p => (p.Item2 ?? new Dictionary<string, double?>()).Select(v => KeyValuePair.Create($"{p.Item1}.{v.Key}", v.Value))));

    private static string? Text(JsonObject row, string key) => row[key]?.GetValueKind() == JsonValueKind.String ? (string?)row[key] : null;

    private static int Whole(JsonObject row, string key) => (int)Math.Clamp(Number(row[key]), 0, int.MaxValue);

    private static double Number(JsonNode? value)
    {
        try
        {
            return RecordedNumber.Read(value) is var number && double.IsNaN(number) ? double.NaN : number;
        }
        catch (FormatException)
        {
            return double.NaN;
        }
    }
}
