namespace Workshop.Solutions;

public static class Step11
{
    public static int StopsAfter(IReadOnlyList<double> losses, int patience) => StopsAfter(losses, patience, minDelta: 0);

    public static int StopsAfter(IReadOnlyList<double> losses, int patience, double minDelta)
    {
        double best = double.PositiveInfinity;
        int bestEpoch = 0;
        for (int epoch = 1; epoch <= losses.Count; epoch++)
        {
            // A comparison with NaN is false, so NaN is never better.
            if (losses[epoch - 1] < best - minDelta)
            {
                (best, bestEpoch) = (losses[epoch - 1], epoch);
            }

            if (epoch - bestEpoch >= patience)
            {
                return epoch;
            }
        }

        return losses.Count;
    }

    public static int BestEpoch(IReadOnlyList<double> values, bool isHigherBetter)
    {
        int best = 0;
        for (int i = 1; i < values.Count; i++)
        {
            if (isHigherBetter ? values[i] > values[best] : values[i] < values[best])
            {
                best = i;
            }
        }

        return best + 1;
    }
}
