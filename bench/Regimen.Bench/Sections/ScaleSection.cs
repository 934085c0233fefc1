using Regimen.Bench.Measuring;

namespace Regimen.Bench.Sections;

/// <summary>How an epoch's time grows with the data: microseconds a step over 4 and 16 times 60,000 images against those over 60,000.</summary>
internal static class ScaleSection
{
    public static void Run(Report report)
    {
        foreach (int times in (int[])[4, 16])
        {
            report.Compare(
                $"an epoch of {times} × 60,000 images",
                "µs/step",
                Peer.Worker("Regimen", "regimen", "optimizer=sgd", $"repeat={times}"),
                Peer.Worker($"{times} epochs of 60,000", "regimen", "optimizer=sgd", $"epochs={times}"),
                1.05,
                times == 4 ? 7 : 3);
        }
    }
}
