namespace Regimen.Runs;

/// <summary>What one pass over a split gave: a row of the history.</summary>
public sealed record Pass
{
    /// <summary>The split trained on.</summary>
    public const string Train = "train";

    /// <summary>The split that decides about stopping and the best weights.</summary>
    public const string Validation = "val";

    /// <summary>The split tested on once, at the end.</summary>
    public const string Test = "test";

    /// <summary>When the pass was complete.</summary>
    public required Progress At { get; init; }

    /// <summary><see cref="Train"/>, <see cref="Validation"/> or <see cref="Test"/>.</summary>
    public required string Split { get; init; }

    /// <summary>Samples seen in it.</summary>
    public required long Samples { get; init; }

    /// <summary>The objective's mean over these samples.</summary>
    public required double Loss { get; init; }

    /// <summary>The metrics by name, as <c>accuracy</c>; empty for training.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>The learning rate of the last step; null outside training.</summary>
    public double? Lr { get; init; }

    /// <summary>How long the pass alone took.</summary>
    public required double Seconds { get; init; }

    /// <summary>For training: wall time since the last epoch's end (or the start), so everything in between counts: the pass,
    /// validation, logging, checkpoints. Else null.</summary>
    public double? EpochSeconds { get; init; }

    /// <summary>Samples a second of the pass alone.</summary>
    public double SamplesPerSecond => Seconds > 0 ? Samples / Seconds : 0;

    /// <summary>The loss under the name <c>loss</c>, then the metrics.</summary>
    public IEnumerable<KeyValuePair<string, double>> Values => Metrics.Prepend(new("loss", Loss));

    /// <summary>The value that a monitor such as <c>val.loss</c> names; null where the pass is of another split or has no such value.</summary>
    internal double? ValueOf(string monitor)
    {
        (string split, string metric) = History.Split(monitor);
        return split == Split ? Value(metric) : null;
    }

    /// <summary>The loss by the name <c>loss</c>, or a metric by its own; null where there is none.</summary>
    public double? Value(string metric) => metric == "loss" ? Loss : Metrics.TryGetValue(metric, out double value) ? value : null;
}
