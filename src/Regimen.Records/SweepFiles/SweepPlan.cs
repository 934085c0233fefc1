using System.Text.Json.Serialization;

namespace Regimen.SweepFiles;

/// <summary>The plan of a sweep: what is searched, how, and by which value trials are ranked. It never changes after the sweep began.</summary>
public sealed record SweepPlan
{
    /// <summary>The settings that all trials share, as given on the command line.</summary>
    public IReadOnlyList<string> Overrides { get; init; } = [];

    /// <summary>The file of <c>--config</c>; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ConfigFile { get; init; }

    /// <summary>The keys that are searched, in the order given. The last one changes fastest in a grid.</summary>
    public required IReadOnlyList<SweepAxis> Axes { get; init; }

    /// <summary>The search: <c>grid</c>, <c>random</c>, <c>sobol</c> or <c>tpe</c>.</summary>
    public required string Search { get; init; }

    /// <summary>The number of points, each of which is trained once with each seed.</summary>
    public required int Points { get; init; }

    /// <summary>The seed of the search's own random numbers.</summary>
    public required ulong SearchSeed { get; init; }

    /// <summary>The seeds of the runs at each point.</summary>
    public required IReadOnlyList<ulong> Seeds { get; init; }

    /// <summary>Point k of <c>tpe</c> follows from the results of the points up to k − lag; also the largest number of points that can be trained
    /// at the same time.</summary>
    public required int Lag { get; init; }

    /// <summary>The number of cores of each trial: the number of its compute threads follows from it, unless the config sets <c>threads</c>. It does
    /// not depend on the number of trials that run at the same time.</summary>
    public required int Cores { get; init; }

    /// <summary>The value by which points are ranked, as <c>val.loss</c>.</summary>
    public required string Metric { get; init; }

    /// <summary><c>min</c> if a lower value is better, else <c>max</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>The factor of successive halving; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Halving { get; init; }

    /// <summary>The epochs at which successive halving keeps the best points; empty without it.</summary>
    public IReadOnlyList<int> Rungs { get; init; } = [];

    /// <summary>What happens when a trial fails: <c>stop</c>, <c>skip</c> or <c>retry:N</c>.</summary>
    public required string OnFailure { get; init; }

    /// <summary>The folds whose runs are the trials; null for a search.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CrossValidationPlan? CrossValidation { get; init; }
}

/// <summary>The folds of a cross-validation: its trials are a grid over <c>data.repeat</c> and <c>data.fold</c>.</summary>
/// <param name="Folds">The number of folds.</param>
/// <param name="Repeats">The number of repeats.</param>
public sealed record CrossValidationPlan(int Folds, int Repeats)
{
    /// <summary>The name of the file that a cross-validation has in place of <see cref="SweepRecord.FileName"/>.</summary>
    public const string FileName = "cv.json";

    /// <summary>The key of the number of folds in a config.</summary>
    public const string FoldsKey = "data.folds";

    /// <summary>The key of the fold that is the test set of a run.</summary>
    public const string FoldKey = "data.fold";

    /// <summary>The key of the repeat.</summary>
    public const string RepeatKey = "data.repeat";
}

/// <summary>The kind of an axis.</summary>
[JsonConverter(typeof(SweepAxisKindConverter))]
public enum SweepAxisKind
{
    /// <summary>A list of values, in no order.</summary>
    Choice,

    /// <summary>Whole numbers from low to high (both included), <c>step</c> apart.</summary>
    Range,

    /// <summary>Real numbers from low to high.</summary>
    Interval,

    /// <summary>Real numbers from low to high, uniform in their logarithm.</summary>
    LogInterval,
}

/// <summary>A key that is searched.</summary>
/// <param name="Key">The key, as <c>optimizer.lr</c>, or a group, as <c>model</c>.</param>
/// <param name="Kind">The kind.</param>
/// <param name="Values">The values of a choice, as texts of a config; empty for the other kinds.</param>
/// <param name="Low">The lowest value; 0 for a choice.</param>
/// <param name="High">The highest value; 0 for a choice.</param>
/// <param name="Step">The distance of a range's values; 0 for the other kinds.</param>
public sealed record SweepAxis(string Key, SweepAxisKind Kind, IReadOnlyList<string> Values, double Low, double High, double Step);

/// <summary>Converts a kind to and from text such as <c>log_interval</c>.</summary>
internal sealed class SweepAxisKindConverter() : JsonStringEnumConverter<SweepAxisKind>(System.Text.Json.JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);
