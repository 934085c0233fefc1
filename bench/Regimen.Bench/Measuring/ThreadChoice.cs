namespace Regimen.Bench.Measuring;

/// <summary>Chooses the fastest number of threads of a peer: measures a few pieces of work with one thread and with all, alternately.</summary>
internal static class ThreadChoice
{
    private const int Rounds = 5;

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

        // The first round is for warm-up. Medians, as in the rows: with two threads the fastest round is not representative.
        var ofOne = new List<double>();
        var ofAll = new List<double>();
        for (int i = 0; i <= Rounds; i++)
        {
            (double withOne, double withAll) = (one.Measure(), all.Measure());
            if (i > 0)
            {
                ofOne.Add(withOne);
                ofAll.Add(withAll);
            }
        }

        return peer(Median(ofOne) <= Median(ofAll) ? 1 : cores);

        static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
    }
}
