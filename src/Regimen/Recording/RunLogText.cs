using System.Globalization;
using Regimen.Runs;
using Regimen.Training;

namespace Regimen.Recording;

/// <summary>Formats the messages of train.log.</summary>
internal static class RunLogText
{
    /// <summary>Returns the messages before the first step: config, machine and source, data and architecture.</summary>
    public static IEnumerable<string> Opening(string run, RunManifest manifest, string config, string description)
    {
        RunVersions versions = manifest.Versions;
        yield return $"Regimen {versions.Regimen}, run {run}";
        yield return $"config\n{config.TrimEnd()}";
        yield return $"TorchSharp {versions.TorchSharp}, libtorch {versions.Libtorch}, .NET {versions.Dotnet}, {versions.Os}, "
            + $"{versions.Cpu} ({versions.InstructionSet}), device {manifest.Device}, {manifest.Threads} thread(s) shared by {(manifest.ThreadsSharedBy == "layers" ? "Regimen's layers" : "libtorch")}, "
            + $"bits {manifest.Bits ?? "machine"}, allocator {manifest.Allocator ?? "system default"}, seed {manifest.Seed}";
        yield return manifest.Git is { } git
            ? $"git commit {git.Commit}{(git.Dirty ? ", with uncommitted changes" : string.Empty)}"
            : "not a git repository";
        if (manifest.DataFingerprint is { } fingerprint)
        {
            yield return OfData(fingerprint);
        }

        foreach (string note in manifest.DataNotes ?? [])
        {
            yield return note;
        }

        yield return description;
    }

    public static string Of(TrainEvent.Started started)
        => started.From.Step == 0 ? Of(started.Plan) : $"continuing after {started.From}; {Of(started.Plan)}";

    public static string OfData(string fingerprint) => $"data fingerprint {fingerprint}";

    private static string Of(TrainPlan plan) => string.Create(
        CultureInfo.InvariantCulture,
        $"training: at most {plan.Epochs} epochs of {plan.StepsPerEpoch} steps ({plan.SamplesPerEpoch} samples), {plan.TotalSteps} steps in all");

    public static string Of(Pass pass)
    {
        string values = string.Join(", ", pass.Values.Select(v => string.Create(CultureInfo.InvariantCulture, $"{v.Key} {v.Value:0.######}")));
        string lr = pass.Lr is { } rate ? string.Create(CultureInfo.InvariantCulture, $", lr {rate}") : string.Empty;
        return string.Create(
            CultureInfo.InvariantCulture, $"{pass.At}, {pass.Split}: {values}{lr}, {pass.Seconds:0.000} s, {pass.SamplesPerSecond:0} samples/s");
    }

    public static string Of(TrainResult result)
    {
        string weights = result.Restored ? $"; the weights are the best ones, of {result.Best!.At}" : string.Empty;
        string threads = result.Threads is { } range && range.Least < range.Most ? $"; steps had {range.Least} to {range.Most} threads, by their measured time" : string.Empty;
        return $"training ended after {result.At}: {result.Reason}{weights}{threads}";
    }

    public static string OfCheckpoint(string name, bool isBest) => RunLogCut.CheckpointLine(name) + (isBest ? ", the best so far" : string.Empty);
}
