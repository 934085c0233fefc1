using System.Text.Json.Nodes;

namespace Regimen.Data;

/// <summary>What a data set gives a run: the parts to train, validate and test on, and how samples are prepared.</summary>
public sealed record DataSplits
{
    /// <summary>What is trained on.</summary>
    public required IDataset Train { get; init; }

    /// <summary>What decides about stopping and the best weights; null where there is none.</summary>
    public IDataset? Validation { get; init; }

    /// <summary>What the best weights are tested on once, at the end; null where there is none.</summary>
    public IDataset? Test { get; init; }

    /// <summary>The parts there are, by the names that commands and records use.</summary>
    public IEnumerable<(string Name, IDataset Data)> Parts => from part in new[] { ("train", Train), ("val", Validation), ("test", Test) }
                                                              where part.Item2 is not null
                                                              select (part.Item1, part.Item2);

    /// <summary>Applied, in order, to each training sample.</summary>
    public IReadOnlyList<ITransform> TrainTransforms { get; init; } = [];

    /// <summary>Applied, in order, to each sample of validation, test and prediction; part of a model's metadata.</summary>
    public IReadOnlyList<ITransform> EvalTransforms { get; init; } = [];

    /// <summary>How a sample's values are made of what stands in its source, before any transform; part of a model's metadata. Null where
    /// they stand there as they are.</summary>
    public JsonObject? Encoding { get; init; }

    /// <summary>The tokens of a text in the order of their indices; part of a model's metadata. Empty where the data has no vocabulary.</summary>
    public IReadOnlyList<string> Vocabulary { get; init; } = [];

    /// <summary>What was done to the data that its reader did not ask for by name: samples left out, values filled in. Sentences for the
    /// screen, the log and <c>run.json</c>.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The columns of the table that this data comes from, where it does.</summary>
    public Lazy<TableSummary>? Table { get; init; }

    /// <summary>The image files that this data comes from, where it does.</summary>
    public ImageSummary? Images { get; init; }
}
