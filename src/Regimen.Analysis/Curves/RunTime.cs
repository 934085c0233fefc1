using System.Text.Json;

namespace Regimen.Curves;

/// <summary>Finds the epoch and the time of the steps of a run, from the rows of its metrics.</summary>
internal static class RunTime
{
    private const string Train = "train";

    public static RunClock Of(string folder, IReadOnlyList<MetricRow> rows)
    {
        (long Step, double Value)[] elapsed = [.. rows.Where(r => r.Elapsed is not null).Select(r => (r.Step, r.Elapsed!.Value)).OrderBy(r => r.Step).ThenBy(r => r.Value)];
        if (elapsed.Length > 0)
        {
            return new(rows.Where(r => r.Epoch > 0).Select(r => (r.Step, (double)r.Epoch)).OrderBy(r => r.Step), elapsed);
        }

        MetricRow[] epochs = [.. rows.Where(r => r is { Split: Train, Epoch: > 0, Step: > 0 }).OrderBy(r => r.Step)];
        if (epochs.Length == 0)
        {
            return BeforeTheFirstEpoch(folder);
        }

        return new(Epochs(epochs), Seconds(epochs));
    }

    /// <summary>Returns the epochs trained at the end of each epoch. The last epoch of a run that was stopped counts with its part.</summary>
    private static IEnumerable<(long, double)> Epochs(MetricRow[] rows)
    {
        double stepsPerEpoch = (double)rows[0].Step / rows[0].Epoch;
        long before = 0;
        foreach (MetricRow row in rows)
        {
            yield return (row.Step, row.Epoch - 1 + Math.Min(1, (row.Step - before) / stepsPerEpoch));
            before = row.Step;
        }
    }

    private static IEnumerable<(long, double)> Seconds(MetricRow[] rows)
    {
        double sum = 0;
        foreach (MetricRow row in rows)
        {
            sum += Math.Max(0, row.EpochSeconds ?? row.Seconds);
            yield return (row.Step, sum);
        }
    }

    /// <summary>Returns the clock of a run without a completed epoch. Its time is estimated by the time of the last write of its losses, and its
    /// epochs by the number of steps in the manifest, where it has it.</summary>
    private static RunClock BeforeTheFirstEpoch(string folder)
    {
        try
        {
            using JsonDocument manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "run.json")));
            var losses = new FileInfo(Path.Combine(folder, "steps.f32"));
            long count = losses.Exists ? losses.Length / sizeof(float) : 0;
            double seconds = (losses.LastWriteTimeUtc - manifest.RootElement.GetProperty("started").GetDateTimeOffset().UtcDateTime).TotalSeconds;
            long? perEpoch = manifest.RootElement.TryGetProperty("plan", out JsonElement plan) ? plan.GetProperty("steps_per_epoch").GetInt64() : null;
            return count == 0 ? RunClock.Unknown : new(perEpoch is > 0 ? [(perEpoch.Value, 1.0)] : [], [(count, seconds)]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            return RunClock.Unknown;
        }
    }
}
