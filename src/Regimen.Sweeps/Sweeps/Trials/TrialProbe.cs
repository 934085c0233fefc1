using Regimen.Runs;
using Regimen.SweepFiles;

namespace Regimen.Sweeps;

/// <summary>What a trial's run folder says.</summary>
/// <param name="Manifest">The manifest; null if the run has not begun.</param>
/// <param name="Passes">Its passes, in the order of the record.</param>
/// <param name="Damage">The problem of a record that can't be read; null for none.</param>
internal sealed record TrialProbe(RunManifest? Manifest, IReadOnlyList<Pass> Passes, Problem? Damage)
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
            return new TrialProbe(RunManifest.Read(manifest), File.Exists(metrics) ? MetricsFile.ReadPasses(metrics) : [], null);
        }
        catch (RequestException exception)
        {
            return new TrialProbe(null, [], exception.Problems[0]);
        }
    }

    /// <summary>Whether the run was trained to its end.</summary>
    public bool IsOver => Manifest?.Status is RunStatus.Finished or RunStatus.StoppedEarly;

    /// <summary>The number of complete epochs.</summary>
    public int Epochs => Passes.Where(p => p.Split == Pass.Train).Select(p => p.At.Epoch).DefaultIfEmpty(0).Max();

    /// <summary>Whether the run has been trained and measured to the end of an epoch.</summary>
    public bool HasReached(int epoch, string metric)
    {
        string split = History.Split(metric).Split;
        return Epochs >= epoch && Passes.Any(p => p.Split == split && p.At.Epoch >= epoch);
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
            Epochs = Math.Min(Epochs, epochs),
            Steps = IsOver ? Manifest!.Steps : Passes.Where(p => p.Split == Pass.Train && p.At.Epoch <= epochs).Select(p => p.At.Step).DefaultIfEmpty(0).Max(),
            Value = Best(plan, epochs),
            RungValues = [.. plan.Rungs.TakeWhile(r => IsOver || (r <= epochs && HasReached(r, plan.Metric))).Select(r => Best(plan, r))],
            Metrics = IsOver ? new Dictionary<string, double?>(Manifest!.Results) : trial.Metrics,
        };
    }

    /// <summary>Returns the best value of the metric up to an epoch; null if there is none that is finite.</summary>
    private double? Best(SweepPlan plan, int untilEpoch)
    {
        (string split, string metric) = History.Split(plan.Metric);
        IEnumerable<double?> values = split == Pass.Test
            ? [Manifest?.Test?.GetValueOrDefault(metric)]
            : Passes.Where(p => p.At.Epoch <= untilEpoch).Select(p => p.ValueOf(plan.Metric));
        double[] finite = [.. values.OfType<double>().Where(double.IsFinite)];
        return finite.Length == 0 ? null : plan.Mode == "min" ? finite.Min() : finite.Max();
    }
}
