namespace Regimen.Bench.Measuring;

/// <summary>A peer with the number of threads that suits it best: a few pieces of work with one thread and with all of them, in turn.</summary>
internal static class ThreadChoice
{
    private const int Rounds = 3;

    public static Peer Better(Func<int, Peer> peer)
    {
        int cores = Environment.ProcessorCount;
        if (cores == 1)
        {
            return peer(1);
        }

        using Side one = Side.Start(peer(1));
        using Side all = Side.Start(peer(cores));
        if (one.Refusal is not null || all.Refusal is not null)
        {
            return peer(1);
        }

        // The first round warms up.
        double fastestOne = double.PositiveInfinity;
        double fastestAll = double.PositiveInfinity;
        for (int i = 0; i <= Rounds; i++)
        {
            double ofOne = one.Measure();
            double ofAll = all.Measure();
            fastestOne = i == 0 ? fastestOne : Math.Min(fastestOne, ofOne);
            fastestAll = i == 0 ? fastestAll : Math.Min(fastestAll, ofAll);
        }

        return peer(fastestOne <= fastestAll ? 1 : cores);
    }
}
