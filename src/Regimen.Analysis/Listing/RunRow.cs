using System.Text.Json;
using Regimen.Runs;

namespace Regimen.Listing;

/// <summary>A run as a row of a list. A folder that can't be read is a row too, with the reason.</summary>
public sealed record RunRow
{
    /// <summary>The status of a run that is recorded as running although no process holds its lock.</summary>
    public const string Killed = "killed";

    /// <summary>The status of a folder whose record can't be read.</summary>
    public const string DamagedStatus = "damaged";

    /// <summary>The run's name: that of its folder, for a trial of a sweep <c>SWEEP/7</c>.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>The shortest end of the name that the command line accepts for it.</summary>
    public string ShortName { get; init; } = string.Empty;

    /// <summary>The absolute path of the run's folder.</summary>
    public string Folder { get; init; } = string.Empty;

    /// <summary>The name of the sweep's folder; null for a run that is no trial.</summary>
    public string? Sweep => Name.IndexOf('/', StringComparison.Ordinal) is var at and > 0 ? Name[..at] : null;

    /// <summary>The number of the trial, from 1; null for a run that is no trial.</summary>
    public int? Trial => Sweep is { } sweep ? int.Parse(Name.AsSpan(sweep.Length + 1), System.Globalization.CultureInfo.InvariantCulture) : null;

    /// <summary>Whether a process is training the run, that is, holds the folder's lock.</summary>
    public bool IsLive { get; init; }

    /// <summary>The keys of the config.</summary>
    public ConfigKeys Config { get; init; } = ConfigKeys.None;

    /// <summary>Why the record can't be read; null if it can.</summary>
    public string? Damage { get; init; }

    /// <summary>The recorded status; null if the record can't be read.</summary>
    public RunStatus? Recorded { get; init; }

    /// <summary>The status to show: <c>running</c>, <c>finished</c>, <c>stopped_early</c>, <c>interrupted</c>, <c>failed</c>,
    /// <see cref="Killed"/> or <see cref="DamagedStatus"/>.</summary>
    public string Status => Recorded is not { } recorded ? DamagedStatus
        : recorded == RunStatus.Running && !IsLive ? Killed
        : JsonNamingPolicy.SnakeCaseLower.ConvertName(recorded.ToString());

    /// <summary>Whether the run was trained to its end.</summary>
    public bool IsComplete => Recorded is RunStatus.Finished or RunStatus.StoppedEarly;

    /// <summary>Why the run ended; null if that is not recorded.</summary>
    public string? Reason { get; init; }

    /// <summary>The error that ended the run; null for none.</summary>
    public string? Error { get; init; }

    /// <summary>The start time (UTC).</summary>
    public DateTimeOffset? Started { get; init; }

    /// <summary>The end time (UTC).</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>The wall time in seconds; of a run that has not ended, that of its completed epochs.</summary>
    public double? Seconds { get; init; }

    /// <summary>The seed.</summary>
    public ulong? Seed { get; init; }

    /// <summary>The name of the model.</summary>
    public string? Model { get; init; }

    /// <summary>The name of the data set.</summary>
    public string? Data { get; init; }

    /// <summary>The device.</summary>
    public string? Device { get; init; }

    /// <summary>The program that recorded the run with the library; null for a run of the command.</summary>
    public string? Program { get; init; }

    /// <summary>The tracker that the run was imported from; null for a run of Regimen.</summary>
    public string? Imported { get; init; }

    /// <summary>The run and the checkpoint that the run was forked from, <c>2026-11-23_14-03-22_mnist-mlp@epoch-0007</c>; null for a run from the
    /// first step.</summary>
    public string? Parent { get; init; }

    /// <summary>The number of trained parameters.</summary>
    public long? Parameters { get; init; }

    /// <summary>The number of completed epochs.</summary>
    public int Epochs { get; init; }

    /// <summary>The number of steps taken; of a live run, those whose losses are in the file.</summary>
    public long Steps { get; init; }

    /// <summary>The number of epochs and steps of the whole training; null for runs of earlier versions.</summary>
    public RunPlan? Plan { get; init; }

    /// <summary>The epoch of the best weights.</summary>
    public int? BestEpoch { get; init; }

    /// <summary>The step of the best weights.</summary>
    public long? BestStep { get; init; }

    /// <summary>The value that decides which weights are best, as <c>val.loss</c>.</summary>
    public string? Monitor { get; init; }

    /// <summary>The best value so far of <see cref="Monitor"/>; null if there is none.</summary>
    public double? Best { get; init; }

    /// <summary>The final values by their keys, <c>val.loss</c>, <c>test.accuracy</c>; of a run that has not ended, those of its latest
    /// validation. A value that is not finite is null.</summary>
    public IReadOnlyDictionary<string, double?> Values { get; init; } = new Dictionary<string, double?>();

    /// <summary>The direction of metrics that are not built in: <c>min</c> or <c>max</c>; null if there are none.</summary>
    public IReadOnlyDictionary<string, string>? MetricModes { get; init; }

    /// <summary>The digest of the final weights.</summary>
    public string? WeightsDigest { get; init; }

    /// <summary>The tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The note; empty for none.</summary>
    public string Note { get; init; } = string.Empty;

    /// <summary>What else of the folder can't be read.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>Returns a final value by its key; null if the run has none or it is not finite.</summary>
    public double? Value(string key) => Values.GetValueOrDefault(key);

    /// <summary>The first metric other than the loss, which is the main metric of the task; null if there is none.</summary>
    public string? MainMetric => Values.Keys.Where(k => k.StartsWith("val.", StringComparison.Ordinal)).Concat(Values.Keys).Select(k => k[(k.IndexOf('.', StringComparison.Ordinal) + 1)..]).FirstOrDefault(m => m != "loss");
}
