using System.Globalization;

namespace Regimen.Datasets;

/// <summary>The fold of a cross-validation that is the test set of a run.</summary>
/// <param name="Folds">The number of folds, at least 2.</param>
/// <param name="Fold">The fold, from 1.</param>
/// <param name="Repeat">The repeat, from 1.</param>
internal sealed record FoldChoice(int Folds, int Fold, int Repeat)
{
    /// <summary>Returns the choice of a config's keys; null without <c>data.folds</c>.</summary>
    /// <exception cref="RequestException">The fold is not one of the folds, or is given without them.</exception>
    public static FoldChoice? Of(int? folds, int fold, int repeat)
    {
        if (folds is null && (fold != 1 || repeat != 1))
        {
            throw new RequestException(new Problem("A fold is chosen, and there are none")
            {
                Where = fold != 1 ? "data.fold" : "data.repeat",
                Expected = "data.folds=N too",
                Received = string.Create(CultureInfo.InvariantCulture, $"{(fold != 1 ? fold : repeat)}"),
                Hint = "To train every fold, use regimen cv folds=N.",
            });
        }

        return folds is not { } count ? null : fold <= count ? new FoldChoice(count, fold, repeat) : throw new RequestException(
            new Problem("There is no such fold")
            {
                Where = "data.fold",
                Expected = string.Create(CultureInfo.InvariantCulture, $"1 to {count}, as in data.folds={count}"),
                Received = string.Create(CultureInfo.InvariantCulture, $"{fold}"),
            });
    }

    /// <summary>The note that tells that the data's own test samples are not used.</summary>
    public string NoteOfUnusedTest(string test)
        => string.Create(CultureInfo.InvariantCulture, $"{test} is not used: the test set is fold {Fold} of {Folds} of the training data");
}
