using Regimen.Bench.Measuring;

namespace Regimen.Bench.Sections;

/// <summary>A training step of larger models of the catalog with all features, against the same net and loop written by hand.</summary>
internal static class ModelsSection
{
    public static void Run(Report report)
    {
        foreach (string optimizer in (string[])["sgd", "adamw"])
        {
            string[] task = [$"optimizer={optimizer}", "net=resnet18", "steps=2"];
            report.CompareWithBetterThreads(
                $"resnet18, small stem, batch 64 of 3×32×32, {optimizer}",
                "µs/step",
                Peer.Worker("Regimen", "regimen", task),
                t => Peer.Worker("TorchSharp by hand", "hand", [.. task, $"threads={t}"]),
                0.9,
                7);
        }
    }
}
