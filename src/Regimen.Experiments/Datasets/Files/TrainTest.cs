using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>The fractions of the training samples that are held out.</summary>
/// <param name="Validation">The fraction for validation, at least 0 and below 1.</param>
/// <param name="Test">The fraction for testing, used if there is no test set.</param>
/// <param name="Stratify">Whether each class has the same share in every split. Has no effect for targets that are not classes.</param>
internal readonly record struct HeldOutShares(double Validation, double Test, bool Stratify);

/// <summary>Creates the splits of a data set that consists of a training set and optionally a validation and a test set.</summary>
internal static class TrainTest
{
    /// <summary>Holds out samples of the training set and applies the same transforms to all splits.</summary>
    /// <param name="train">The training set.</param>
    /// <param name="validation">The validation set; null to hold one out.</param>
    /// <param name="test">The test set; null to hold one out.</param>
    /// <param name="heldOut">The fractions to hold out.</param>
    /// <param name="transforms">The transforms of all samples.</param>
    /// <param name="seed">The run's seed, which determines the held-out samples.</param>
    /// <exception cref="RequestException">A requested split would be empty, or no training samples would be left.</exception>
    public static DataSplits Split(
        IDataset train, IDataset? validation, IDataset? test, HeldOutShares heldOut, IReadOnlyList<ITransform> transforms, ulong seed)
    {
        double forValidation = validation is null ? heldOut.Validation : 0;
        double forTest = test is null ? heldOut.Test : 0;
        (Subset remaining, Subset newValidation, Subset newTest) = Cut(train, forValidation, forTest, heldOut.Stratify, seed);
        string? empty = remaining.Count == 0 ? "training"
            : newValidation.Count == 0 && forValidation > 0 ? "validation"
            : newTest.Count == 0 && forTest > 0 ? "testing"
            : null;
        if (empty is not null)
        {
            throw new RequestException(new Problem($"The split leaves no samples for {empty}")
            {
                Where = forTest > 0 ? "data.validation_fraction and data.test_fraction" : "data.validation_fraction",
                Expected = "a fraction that leaves at least one sample in each split",
                Received = forTest > 0
                    ? FormattableString.Invariant($"{forValidation} and {forTest} of {train.Count} samples")
                    : FormattableString.Invariant($"{forValidation} of {train.Count} samples"),
                Hint = "Raise data.limit, or set data.validation_fraction=0 for no validation.",
            });
        }

        return new DataSplits
        {
            Train = remaining,
            Validation = validation ?? (newValidation.Count > 0 ? newValidation : null),
            Test = test ?? (newTest.Count > 0 ? newTest : null),
            TrainTransforms = transforms,
            EvalTransforms = transforms,
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

    private static (Subset Train, Subset Validation, Subset Test) Cut(IDataset set, double validation, double test, bool stratify, ulong seed)
    {
        if (validation + test >= 1)
        {
            throw new RequestException(new Problem("The split leaves no samples for training")
            {
                Where = "data.test_fraction and data.validation_fraction",
                Expected = "together below 1",
                Received = FormattableString.Invariant($"{test} + {validation}"),
            });
        }

        IReadOnlyList<int>? classes = stratify ? ClassLabels.Of(set) : null;
        if (classes is null && test == 0)
        {
            // Keeps the split of runs recorded before stratification was added.
            (Subset train, Subset heldOut) = RandomSplit.HoldOut(set, validation, seed);
            return (train, heldOut, new Subset(set, []));
        }

        int[][] parts = RandomSplit.Parts(set.Count, [test, validation, 1 - test - validation], seed, classes, training: 2);
        return (new Subset(set, parts[2]), new Subset(set, parts[1]), new Subset(set, parts[0]));
    }
}
