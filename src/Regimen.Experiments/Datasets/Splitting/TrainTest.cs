using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>Creates the splits of a data set that consists of a training set and optionally a validation and a test set.</summary>
internal static class TrainTest
{
    /// <summary>Holds out samples of the training set and applies the same transforms to all splits. With a fold, the fold is the test set.</summary>
    /// <param name="train">The training set.</param>
    /// <param name="validation">The validation set; null to hold one out.</param>
    /// <param name="test">The test set; null to hold one out.</param>
    /// <param name="request">The fractions to hold out, the fold and the groups.</param>
    /// <param name="transforms">The transforms of all samples.</param>
    /// <param name="seed">The run's seed, which determines the held-out samples.</param>
    /// <exception cref="RequestException">A requested split would be empty, or no training samples would be left.</exception>
    public static DataSplits Split(
        IDataset train, IDataset? validation, IDataset? test, SplitRequest request, IReadOnlyList<ITransform> transforms, ulong seed)
    {
        IReadOnlyList<string> notes = request.Fold is { } fold && test is not null ? [fold.NoteOfUnusedTest("The data's own test set")] : [];
        test = request.Fold is null ? test : null;
        request = request with { Validation = validation is null ? request.Validation : 0, Test = test is null && request.Fold is null ? request.Test : 0 };
        (Subset remaining, Subset newValidation, Subset newTest) = Cut(train, request, seed);
        string? empty = remaining.Count == 0 ? "training"
            : newValidation.Count == 0 && request.Validation > 0 ? "validation"
            : newTest.Count == 0 && request.Test > 0 ? "testing"
            : null;
        if (empty is not null)
        {
            string samples = request.Groups is { } groups ? FormattableString.Invariant($"{train.Count} samples in {groups.Distinct().Count()} groups") : FormattableString.Invariant($"{train.Count} samples");
            throw new RequestException(new Problem($"The split leaves no samples for {empty}")
            {
                Where = request.Test > 0 ? "data.validation_fraction and data.test_fraction" : "data.validation_fraction",
                Expected = "a fraction that leaves at least one sample in each split",
                Received = request.Test > 0
                    ? FormattableString.Invariant($"{request.Validation} and {request.Test} of {samples}")
                    : FormattableString.Invariant($"{request.Validation} of {samples}"),
                Hint = "Raise data.limit, or set data.validation_fraction=0 for no validation.",
            });
        }

        return new DataSplits
        {
            Train = remaining,
            Validation = validation ?? (newValidation.Count > 0 ? newValidation : null),
            Test = test ?? (newTest.Count > 0 ? newTest : null),
            TestIndices = request.Fold is null ? [] : newTest.Indices.ToArray(),
            TrainTransforms = transforms,
            EvalTransforms = transforms,
            Notes = notes,
        };
    }

    /// <summary>Returns the first samples of a data set; all samples if there is no limit.</summary>
    public static IDataset First(IDataset set, int? limit)
    {
        if (limit is not { } first)
        {
            return set;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(first, 1, nameof(limit));
        return first < set.Count ? new Subset(set, [.. Enumerable.Range(0, first)]) : set;
    }

    private static (Subset Train, Subset Validation, Subset Test) Cut(IDataset set, SplitRequest request, ulong seed)
    {
        if (request.Validation + request.Test >= 1)
        {
            throw new RequestException(new Problem("The split leaves no samples for training")
            {
                Where = "data.test_fraction and data.validation_fraction",
                Expected = "together below 1",
                Received = FormattableString.Invariant($"{request.Test} + {request.Validation}"),
            });
        }

        IReadOnlyList<int>? classes = request.Stratify ? ClassLabels.Of(set) : null;
        if (classes is null && request is { Test: 0, Fold: null, Groups: null })
        {
            // Keeps the split of runs recorded before stratification was added.
            (Subset first, Subset heldOut) = RandomSplit.HoldOut(set, request.Validation, seed);
            return (first, heldOut, new Subset(set, []));
        }

        // A limit has taken the first samples, and their groups with them.
        IReadOnlyList<int>? groups = request.Groups is { } all && all.Count > set.Count ? [.. all.Take(set.Count)] : request.Groups;
        (int[] train, int[] validation, int[] test) = SampleSplit.Cut(set.Count, request with { Groups = groups }, classes, seed);
        return (new Subset(set, train), new Subset(set, validation), new Subset(set, test));
    }
}
