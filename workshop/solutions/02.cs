namespace Workshop.Solutions;

public static class Step02
{
    public static IReadOnlyList<int> BatchSizes(int count, int size, bool dropLast)
    {
        List<int> sizes = [.. Enumerable.Repeat(size, count / size)];
        if (count % size > 0 && !dropLast)
        {
            sizes.Add(count % size);
        }

        return sizes;
    }

    public static int[] Order(int count, int seed, int epoch)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new Random((seed * 1000) + epoch).Shuffle(order);
        return order;
    }

    public static double EpochLoss(IReadOnlyList<(double Loss, int Samples)> batches)
        => batches.Sum(b => b.Loss * b.Samples) / batches.Sum(b => b.Samples);
}
