namespace Workshop.Exercises;

public static class Step02
{
    /// <summary>Exercise 1. Returns the sizes of the batches of an epoch over <paramref name="count"/> samples: all of <paramref name="size"/>, the last one with the rest.
    /// If <paramref name="dropLast"/> is set, a last batch with fewer samples is left out.</summary>
    public static IReadOnlyList<int> BatchSizes(int count, int size, bool dropLast) => throw new NotImplementedException();

    /// <summary>Exercise 2. Returns the numbers from 0 to <paramref name="count"/> − 1 in a random order that depends on both the seed and the epoch, and on
    /// nothing else.</summary>
    public static int[] Order(int count, int seed, int epoch) => throw new NotImplementedException();

    /// <summary>Exercise 3. Returns the mean loss of an epoch, from the mean loss and the number of samples of each batch.</summary>
    public static double EpochLoss(IReadOnlyList<(double Loss, int Samples)> batches) => throw new NotImplementedException();
}
