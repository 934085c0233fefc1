using System.Globalization;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Datasets;

/// <summary>How samples are split into training, validation and test.</summary>
/// <param name="Validation">The fraction for validation, at least 0 and below 1; in a fold, that of the samples outside of the fold.</param>
/// <param name="Test">The fraction for testing, used if there is no test set and no fold.</param>
/// <param name="Stratify">Whether each class has the same share in every split. Has no effect for targets that are not classes.</param>
internal sealed record SplitRequest(double Validation, double Test, bool Stratify)
{
    /// <summary>The fold that is the test set; null for none.</summary>
    public FoldChoice? Fold { get; init; }

    /// <summary>The group of each sample, which is never in two splits; null for none.</summary>
    public IReadOnlyList<int>? Groups { get; init; }

    /// <summary>The key that groups were read from, for messages.</summary>
    public string GroupKey { get; init; } = "data.group";
}

/// <summary>Splits samples into training, validation and test, as a function of the seed alone.</summary>
internal static class SampleSplit
{
    /// <summary>Splits the samples from 0 to <paramref name="count"/> − 1. With a fold, it is the test set, and validation comes out of the other
    /// samples in the same way: stratified, and by whole groups.</summary>
    /// <param name="count">The number of samples.</param>
    /// <param name="request">The shares, the fold and the groups.</param>
    /// <param name="classes">The class of each sample; null for a split that ignores classes.</param>
    /// <param name="seed">The run's seed.</param>
    /// <exception cref="RequestException">There are too few samples, groups or samples of a class for this number of folds.</exception>
    public static (int[] Train, int[] Validation, int[] Test) Cut(int count, SplitRequest request, IReadOnlyList<int>? classes, ulong seed)
    {
        if (request.Fold is not { } choice)
        {
            int[][] parts = RandomSplit.Parts(
                count, [request.Test, request.Validation, 1 - request.Test - request.Validation], seed, classes, training: 2, request.Groups);
            return (parts[2], parts[1], parts[0]);
        }

        int[] fold = FoldOfEach(count, choice, request, classes, seed);
        int[] test = [.. Enumerable.Range(0, count).Where(i => fold[i] == choice.Fold - 1)];
        int[] rest = [.. Enumerable.Range(0, count).Where(i => fold[i] != choice.Fold - 1)];
        int[][] ofRest = RandomSplit.Parts(
            rest.Length,
            [request.Validation, 1 - request.Validation],
            RandomStream.Seed(seed, RandomPurpose.Split, choice.Repeat, choice.Fold),
            Of(classes, rest),
            training: 1,
            Of(request.Groups, rest));
        return (Array.ConvertAll(ofRest[1], i => rest[i]), Array.ConvertAll(ofRest[0], i => rest[i]), test);
    }

    private static int[] FoldOfEach(int count, FoldChoice choice, SplitRequest request, IReadOnlyList<int>? classes, ulong seed)
    {
        (int available, string what) = request.Groups is { } groups ? (groups.Distinct().Count(), $"groups of {request.GroupKey}") : (count, "samples");
        if (classes is not null && available >= choice.Folds)
        {
            int largest = classes.CountBy(c => c).Max(c => c.Value);
            (available, what) = largest < choice.Folds ? (largest, "samples of the largest class") : (available, what);
        }

        if (available < choice.Folds)
        {
            throw new RequestException(new Problem($"There are fewer {what} than folds")
            {
                Where = "data.folds",
                Expected = string.Create(CultureInfo.InvariantCulture, $"at most {available} folds"),
                Received = string.Create(CultureInfo.InvariantCulture, $"{choice.Folds} folds"),
                Hint = what.Contains("class", StringComparison.Ordinal) ? "Use fewer folds, or set data.stratify=false." : "Use fewer folds.",
            });
        }

        int[] fold = Folds.Of(count, choice.Folds, seed, choice.Repeat, classes, request.Groups);
        int empty = Enumerable.Range(0, choice.Folds).FirstOrDefault(f => !fold.Contains(f), -1);
        return empty < 0 ? fold : throw new RequestException(new Problem("A stratified fold would have no group")
        {
            Where = request.GroupKey,
            Expected = string.Create(CultureInfo.InvariantCulture, $"groups for each of the {choice.Folds} folds"),
            Received = string.Create(CultureInfo.InvariantCulture, $"none for fold {empty + 1}"),
            Hint = "Set data.stratify=false, or use fewer folds.",
        });
    }

    private static int[]? Of(IReadOnlyList<int>? values, int[] samples) => values is null ? null : Array.ConvertAll(samples, i => values[i]);
}
