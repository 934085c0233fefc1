namespace Workshop.Exercises;

public static class Step11
{
    /// <summary>Exercise 1. Returns after which epoch a training stops: the first, counted from 1, that ends a row of <paramref name="patience"/> epochs without a new
    /// lowest loss. If there is none, it is the last epoch.</summary>
    public static int StopsAfter(IReadOnlyList<double> losses, int patience) => throw new NotImplementedException();

    /// <summary>Exercise 2. The same, but a loss counts as better only if it is lower than the best one by more than <paramref name="minDelta"/>; and a loss
    /// that is not a number is never better.</summary>
    public static int StopsAfter(IReadOnlyList<double> losses, int patience, double minDelta) => throw new NotImplementedException();

    /// <summary>Exercise 3. Returns the epoch, from 1, whose weights are kept: the first with the lowest validation loss, or the first with the highest
    /// accuracy.</summary>
    /// <param name="values">The value of each epoch.</param>
    /// <param name="isHigherBetter">Whether the values are accuracies, not losses.</param>
    public static int BestEpoch(IReadOnlyList<double> values, bool isHigherBetter) => throw new NotImplementedException();
}
