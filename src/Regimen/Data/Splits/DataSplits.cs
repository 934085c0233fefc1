using System.Text.Json.Nodes;

namespace Regimen.Data;

/// <summary>The data of a run: the training, validation and test set, and the pre-processing of samples.</summary>
public sealed record DataSplits
{
    /// <summary>The training set.</summary>
    public required IDataset Train { get; init; }

    /// <summary>The validation set, which decides about early stopping and the best weights; null for none.</summary>
    public IDataset? Validation { get; init; }

    /// <summary>The test set, on which the best weights are evaluated once, at the end; null for none.</summary>
    public IDataset? Test { get; init; }

    /// <summary>The sets that exist, by the names used in commands and records.</summary>
    public IEnumerable<(string Name, IDataset Data)> Parts => from part in new[] { ("train", Train), ("val", Validation), ("test", Test) }
                                                              where part.Item2 is not null
                                                              select (part.Item1, part.Item2);

    /// <summary>The transforms that are applied, in order, to each training sample.</summary>
    public IReadOnlyList<ITransform> TrainTransforms { get; init; } = [];

    /// <summary>The transforms that are applied, in order, to each sample of validation, test and prediction. A model's metadata holds them.</summary>
    public IReadOnlyList<ITransform> EvalTransforms { get; init; } = [];

    /// <summary>How a sample's values are computed from the source, before any transform. A model's metadata holds it. Null if they are used
    /// unchanged.</summary>
    public JsonObject? Encoding { get; init; }

    /// <summary>The tokens of a text in the order of their indices; part of a model's metadata. Empty where the data has no vocabulary.</summary>
    public IReadOnlyList<string> Vocabulary { get; init; } = [];

    /// <summary>Changes to the data that the user did not request explicitly: samples left out, values filled in. Sentences for the screen, the log
    /// and <c>run.json</c>.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>In a fold of a cross-validation: the index of each test sample among all samples that the folds divide. Empty without folds.</summary>
    public IReadOnlyList<int> TestIndices { get; init; } = [];

    /// <summary>Returns where a sample of a split comes from, by the split's name, where the data set itself does not know; null for other data.</summary>
    internal Func<string, int, string>? Places { get; init; }

    /// <summary>A summary of the table that the data comes from; null for other data.</summary>
    internal Lazy<TableSummary>? Table { get; init; }

    /// <summary>A summary of the image files that the data comes from; null for other data.</summary>
    internal ImageSummary? Images { get; init; }

    /// <summary>A summary of the text that the data comes from; null for other data.</summary>
    internal TextSummary? Text { get; init; }
}
