namespace Regimen.Runs;

/// <summary>The results of one pass over a split: an entry of the history.</summary>
public sealed record Pass
{
    /// <summary>The training split.</summary>
    public const string Train = "train";

    /// <summary>The validation split, which decides about early stopping and the best weights.</summary>
    public const string Validation = "val";

    /// <summary>The test split, evaluated once, at the end.</summary>
    public const string Test = "test";

    /// <summary>The epoch and step at the end of the pass.</summary>
    public required Progress At { get; init; }

    /// <summary><see cref="Train"/>, <see cref="Validation"/> or <see cref="Test"/>.</summary>
    public required string Split { get; init; }

    /// <summary>The number of samples in the pass.</summary>
    public required long Samples { get; init; }

    /// <summary>The mean of the objective over these samples.</summary>
    public required double Loss { get; init; }

    /// <summary>The metrics by name, such as <c>accuracy</c>; of training the parts of the loss alone.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>The learning rate of the last step; null except for training.</summary>
    public double? Lr { get; init; }

    /// <summary>The duration of the pass alone, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>For training: the wall time in seconds since the end of the previous epoch (or the start), which includes validation, logging
    /// and checkpoints. Null otherwise.</summary>
    public double? EpochSeconds { get; init; }

    /// <summary>Samples per second of the pass alone.</summary>
    public double SamplesPerSecond => Seconds > 0 ? Samples / Seconds : 0;

    /// <summary>The loss under the name <c>loss</c>, then the metrics.</summary>
    public IEnumerable<KeyValuePair<string, double>> Values => Metrics.Prepend(new("loss", Loss));

    /// <summary>Returns the value of a monitor such as <c>val.loss</c>; null if the pass is of another split or has no such value.</summary>
    internal double? ValueOf(string monitor)
    {
        (string split, string metric) = History.Split(monitor);
        return split == Split ? Value(metric) : null;
    }

    /// <summary>Returns the loss for the name <c>loss</c>, or the metric of that name; null if there is none.</summary>
    public double? Value(string metric) => metric == "loss" ? Loss : Metrics.TryGetValue(metric, out double value) ? value : null;
}
