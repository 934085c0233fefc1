using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>What of the training samples is held out.</summary>
/// <param name="Validation">The part for validation, from 0 to below 1.</param>
/// <param name="Test">The part for the test, where it has no samples of its own.</param>
/// <param name="Stratify">Whether each part has each class in its share; of no meaning for targets that are no classes.</param>
internal readonly record struct HeldOutShares(double Validation, double Test, bool Stratify);

/// <summary>The splits of a set that comes as a training part and, where there are, a validation and a test part.</summary>
internal static class TrainTest
{
    /// <summary>Some of the training part is held out, and all samples are normalised alike.</summary>
    /// <param name="train">The training part.</param>
    /// <param name="validation">The validation part, which stays whole; null to hold one out.</param>
    /// <param name="test">The test part, which stays whole; null to hold one out.</param>
    /// <param name="heldOut">The parts to hold out where there are none.</param>
    /// <param name="transforms">What is done to every sample.</param>
    /// <param name="seed">The run's seed, from which the held-out samples are drawn.</param>
    /// <exception cref="RequestException">A part is wanted and would be empty, or nothing would be left to train on.</exception>
    public static DataSplits Split(
        IDataset train, IDataset? validation, IDataset? test, HeldOutShares heldOut, IReadOnlyList<ITransform> transforms, ulong seed)
    {
        double forValidation = validation is null ? heldOut.Validation : 0;
        double forTest = test is null ? heldOut.Test : 0;
        (Subset remaining, Subset newValidation, Subset newTest) = Cut(train, forValidation, forTest, heldOut.Stratify, seed);
        string? empty = remaining.Count == 0 ? "training"
            : newValidation.Count == 0 && forValidation > 0 ? "validation"
            : newTest.Count == 0 && forTest > 0 ? "the test"
            : null;
        if (empty is not null)
        {
            throw new RequestException(new Problem($"A split leaves no sample for {empty}")
            {
                Where = forTest > 0 ? "data.validation_fraction and data.test_fraction" : "data.validation_fraction",
                Expected = "a fraction that leaves at least one sample in each part",
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

    /// <summary>The first samples of a set; all of them where there is no limit.</summary>
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
            throw new RequestException(new Problem("Nothing is left to train on")
            {
                Where = "data.test_fraction and data.validation_fraction",
                Expected = "together below 1",
                Received = FormattableString.Invariant($"{test} + {validation}"),
            });
        }

        IReadOnlyList<int>? classes = stratify ? ClassLabels.Of(set) : null;
        if (classes is null && test == 0)
        {
            // The split of runs that were recorded before splits were stratified.
            (Subset train, Subset heldOut) = RandomSplit.HoldOut(set, validation, seed);
            return (train, heldOut, new Subset(set, []));
        }

        int[][] parts = RandomSplit.Parts(set.Count, [test, validation, 1 - test - validation], seed, classes, training: 2);
        return (new Subset(set, parts[2]), new Subset(set, parts[1]), new Subset(set, parts[0]));
    }
}
