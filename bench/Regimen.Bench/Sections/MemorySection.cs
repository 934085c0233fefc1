using Regimen.Bench.Measuring;

namespace Regimen.Bench.Sections;

/// <summary>Resident memory of the default run with all features, at the end of epoch 50 against the end of epoch 2.</summary>
internal static class MemorySection
{
    public static void Run(Report report)
    {
        const string work = "resident memory, epoch 50";
        const string against = "itself, epoch 2";
        if (!report.Wants(work, against))
        {
            return;
        }

        int runs = report.Arguments.Pairs ?? 1;
        var pairs = new List<(double, double)>();
        for (int i = 0; i < runs; i++)
        {
            using Side side = Side.Start(Peer.Worker("Regimen", "regimen", "optimizer=adamw", "measure=memory", "more=data.validation_fraction=0.2"));
            double[] epochs = [.. Enumerable.Range(0, 50).Select(_ => side.Measure())];
            pairs.Add((epochs[49], epochs[1]));
        }

        report.Add(new Comparison(work, against, "MB", 1.01, pairs));
    }
}
