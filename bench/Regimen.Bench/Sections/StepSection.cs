using Regimen.Bench.Measuring;

namespace Regimen.Bench.Sections;

/// <summary>The bare step of each optimizer against a handwritten loop and against its matrix products.</summary>
internal static class StepSection
{
    public static void Run(Report report)
    {
        foreach (string optimizer in (string[])["sgd", "adamw"])
        {
            string[] task = [$"optimizer={optimizer}", "epochs=2"];
            Peer bare = Peer.Worker("bare", "bare", task);
            report.Compare($"bare step, {optimizer}", "µs/step", bare, Peer.Worker("TorchSharp by hand", "hand", task), null, 9);
            report.CompareWithFloor(
                $"bare step, {optimizer}", "µs/step", bare, t => Peer.Worker("its matrix products alone", "floor", $"threads={t}", "steps=1000"), null, 9);
        }
    }
}
