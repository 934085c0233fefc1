using Regimen.Bench.Measuring;

namespace Regimen.Bench.Sections;

/// <summary>A training step of <c>model=gpt</c> (4 layers, width 128, context 128) on the characters of the included text, with all features of the
/// trainer, against the same net in TorchSharp by hand.</summary>
internal static class GptSection
{
    public static void Run(Report report)
    {
        foreach (int batch in new[] { 16, 64 })
        {
            string[] task = ["optimizer=adamw", "net=gpt", $"batch={batch}", $"steps={128 / batch}"];
            report.CompareWithBetterThreads(
                $"gpt, AdamW, batch {batch}",
                "µs/step",
                Peer.Worker("Regimen", "regimen", task),
                t => Peer.Worker("TorchSharp by hand", "hand", [.. task, $"threads={t}"]),
                0.9,
                7);
        }
    }
}
