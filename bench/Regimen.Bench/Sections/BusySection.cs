using System.Diagnostics;
using Regimen.Bench.Measuring;

namespace Regimen.Bench.Sections;

/// <summary>A portable training whose threads follow the machine, against a fixed number of threads, on a machine that does nothing else and on one with an
/// endless loop on one of its processors.</summary>
internal static class BusySection
{
    public static void Run(Report report)
    {
        Compare(report, "784-128-10, batch 64, an idle machine");
        using Process loop = Side.Launch(Peer.Worker("an endless loop", "loop"));
        try
        {
            Compare(report, "784-128-10, batch 64, one processor busy");
        }
        finally
        {
            loop.Kill();
        }
    }

    private static void Compare(Report report, string work)
    {
        string[] task = ["optimizer=sgd", "epochs=2", "more=trainer.bits=portable"];
        Peer ours = Peer.Worker("Regimen", "regimen", task);
        foreach (int threads in (int[])[1, Environment.ProcessorCount])
        {
            report.Compare(work, "µs/step", ours, Peer.Worker($"threads={threads}", "regimen", [.. task, $"threads={threads}"]), 1.1, 11);
        }
    }
}
