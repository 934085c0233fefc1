using System.Text.Json;
using System.Text.Json.Serialization;

namespace Regimen.SweepFiles;

/// <summary>The status of a trial.</summary>
[JsonConverter(typeof(TrialStatusConverter))]
public enum TrialStatus
{
    /// <summary>It has not begun.</summary>
    Waiting,

    /// <summary>It is in progress, or the sweep was killed while it was.</summary>
    Running,

    /// <summary>Successive halving stopped it, with a checkpoint from which it can go on.</summary>
    Paused,

    /// <summary>It was trained to its end.</summary>
    Finished,

    /// <summary>It ended with an error.</summary>
    Failed,
}

/// <summary>The state of a trial: one run, at one point of the search, with one seed. Its run folder is <c>trials/0001</c>.</summary>
public sealed record TrialRecord
{
    /// <summary>The trial's number, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>The number of its point, from 1; the trials of a point differ in their seed alone.</summary>
    public required int Point { get; init; }

    /// <summary>The values of the searched keys, as texts of a config.</summary>
    public required IReadOnlyDictionary<string, string> Params { get; init; }

    /// <summary>The seed of its run.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The status.</summary>
    public required TrialStatus Status { get; init; }

    /// <summary>The number of times that it failed.</summary>
    public int Failures { get; init; }

    /// <summary>The number of times that the scheduler ended its job and it was submitted again.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Resubmissions { get; init; }

    /// <summary>Its job while it is in progress; null without a scheduler.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SchedulerJob? Job { get; init; }

    /// <summary>The number of epochs that it was trained.</summary>
    public int Epochs { get; init; }

    /// <summary>The number of steps that it was trained.</summary>
    public long Steps { get; init; }

    /// <summary>The best value so far of the metric that ranks trials; null if there is none.</summary>
    public double? Value { get; init; }

    /// <summary>With successive halving: the best value up to the end of each rung that it has reached.</summary>
    public IReadOnlyList<double?> RungValues { get; init; } = [];

    /// <summary>The loss and metrics of its final weights, as <c>val.loss</c> and <c>test.accuracy</c>; empty before its end.</summary>
    public IReadOnlyDictionary<string, double?> Metrics { get; init; } = new Dictionary<string, double?>();

    /// <summary>The error that ended it; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Error { get; init; }
}

/// <summary>Converts a status to and from text such as <c>paused</c>.</summary>
internal sealed class TrialStatusConverter() : JsonStringEnumConverter<TrialStatus>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);
