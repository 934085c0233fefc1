using System.Globalization;
using System.Text.Json;
using Regimen.Experiments;
using Regimen.Runs;

namespace Regimen.Verification;

/// <summary>Compares run.json with the run's config, data and repeated training.</summary>
internal static class ManifestComparison
{
    /// <summary>Compares the values that are known before the first step.</summary>
    public static IEnumerable<Problem> Before(RecordedRun run, Experiment experiment)
    {
        RunManifest manifest = run.Manifest;
        return Differences(
            run,
            [
                ("device", manifest.Device, experiment.Device.ToString()),
                ("parameters", $"{manifest.Parameters}", $"{experiment.Summary.Parameters}"),
                ("init loaded", $"{manifest.Init?.Loaded ?? 0}", $"{experiment.Init?.Loaded.Count ?? 0}"),
                ("init fresh", Names(manifest.Init?.Fresh), Names(experiment.Init?.Fresh)),
                ("positive_class", manifest.PositiveClass, manifest.PositiveClass is null ? null : experiment.PositiveClass),
                ("bits", manifest.Bits, manifest.Bits is null ? null : experiment.Bits().Name),
                ("threads_shared_by", manifest.ThreadsSharedBy, manifest.ThreadsSharedBy is null ? null : experiment.ThreadsSharedBy.ToString().ToLowerInvariant()),
            ]);
    }

    /// <summary>Compares the end of a run that has ended by itself.</summary>
    public static IEnumerable<Problem> AtEnd(RecordedRun run, TrainResult result, Pass? test)
    {
        RunManifest recorded = run.Manifest;
        RunManifest now = RunEnd.Of(recorded, result) with { Test = test is null ? null : RunEnd.Values(test), Error = null };
        // Earlier versions recorded runs with results that are not finite as finished.
        bool isFailedNow = now.Status == RunStatus.Failed;
        return Differences(
            run,
            [
                ("status", Name(recorded.Status), isFailedNow ? Name(recorded.Status) : Name(now.Status)),
                ("error", recorded.Error, now.Error),
                ("epochs", $"{recorded.Epochs}", $"{now.Epochs}"),
                ("steps", $"{recorded.Steps}", $"{now.Steps}"),
                ("best epoch", DisplayText(recorded.BestEpoch), DisplayText(now.BestEpoch)),
                ("best step", DisplayText(recorded.BestStep), DisplayText(now.BestStep)),
                .. Values("val", recorded.Val, now.Val),
                .. Values("test", recorded.Test, now.Test),
            ]);
    }

    /// <summary>Compares the validation results of a run that has not ended by itself with those of its rows.</summary>
    public static IEnumerable<Problem> OfRows(RecordedRun run)
    {
        Pass? last = run.Passes.LastOrDefault(p => p.Split == Pass.Validation);
        return run.Manifest.Val is null ? [] : Differences(run, [.. Values("val", run.Manifest.Val, last is null ? null : RunEnd.Values(last))]);
    }

    private static IEnumerable<(string Name, string? Recorded, string? Now)> Values(
        string split, IReadOnlyDictionary<string, double?>? recorded, IReadOnlyDictionary<string, double?>? now)
        => (recorded?.Keys ?? []).Union(now?.Keys ?? []).Select(name => ($"{split} {name}", Value(recorded, name), Value(now, name)));

    private static string Names(IReadOnlyList<string>? names) => string.Join(", ", (names ?? []).Order(StringComparer.Ordinal));

    private static string? Value(IReadOnlyDictionary<string, double?>? values, string name)
        => values is null || !values.TryGetValue(name, out double? value) ? null : value?.ToString("R", CultureInfo.InvariantCulture) ?? "not finite";

    private static string? DisplayText<T>(T? value)
        where T : struct, IFormattable => value?.ToString(null, CultureInfo.InvariantCulture);

    private static string Name(RunStatus status) => JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString());

    private static IEnumerable<Problem> Differences(RecordedRun run, IEnumerable<(string Name, string? Recorded, string? Now)> compared)
        => compared.Where(s => s.Recorded != s.Now).Select(s => new Problem($"The recorded {s.Name} differs")
        {
            Where = run.Folder.ManifestFile,
            Expected = s.Recorded ?? "none",
            Received = s.Now ?? "none",
        });
}
