using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>The splits of a set that comes as a training and a test part.</summary>
internal static class TrainTest
{
    /// <summary>Some of the training part is held out for validation, and all samples are normalised alike.</summary>
    /// <param name="train">The training part.</param>
    /// <param name="test">The test part, which stays whole; null where there is none.</param>
    /// <param name="limit">Only the first so many training samples, before the split; null for all.</param>
    /// <param name="validationFraction">The part to hold out, from 0 to below 1.</param>
    /// <param name="transforms">What is done to every sample.</param>
    /// <param name="seed">The run's seed, from which the held-out samples are drawn.</param>
    /// <exception cref="RequestException">A validation set is wanted and would be empty, or nothing would be left to train on.</exception>
    public static DataSplits Split(
        IDataset train, IDataset? test, int? limit, double validationFraction, IReadOnlyList<ITransform> transforms, ulong seed)
    {
        train = First(train, limit);
        (Subset remaining, Subset heldOut) = RandomSplit.HoldOut(train, validationFraction, seed);
        if (remaining.Count == 0 || (heldOut.Count == 0 && validationFraction > 0))
        {
            throw new RequestException(new Problem($"A split leaves no sample for {(remaining.Count == 0 ? "training" : "validation")}")
            {
                Where = "data.validation_fraction",
                Expected = "a fraction that leaves at least one sample in each part",
                Received = FormattableString.Invariant($"{validationFraction} of {train.Count} samples"),
                Hint = "Raise data.limit, or set data.validation_fraction=0 for no validation.",
            });
        }

        return new DataSplits
        {
            Train = remaining,
            Validation = heldOut.Count > 0 ? heldOut : null,
            Test = test,
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
}
