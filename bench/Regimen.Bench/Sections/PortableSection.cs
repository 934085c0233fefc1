using Regimen.Bench.Measuring;

namespace Regimen.Bench.Sections;

/// <summary>Whole training epochs with portable bits, which Regimen's own kernels compute, against loops without its features, against the same run
/// with the machine's libraries, and against the multiply-adds alone at the peak of all cores.</summary>
internal static class PortableSection
{
    private const string Unit = "µs/step";
    private const string Portable = "more=trainer.bits=portable";

    public static void Run(Report report)
    {
        Task(report, "784-128-10, SGD, batch 64, portable", ["optimizer=sgd", "epochs=2"], byHand: 0.45, pytorch: 0.40, pairs: 15);
        report.CompareWithBetterThreads(
            "784-128-10, SGD, batch 64, portable", Unit, Ours(["optimizer=sgd", "epochs=2"]), t => Peer.Python("the course's recipe in PyTorch", "pytorch_recipe.py", $"threads={t}", "steps=200"), 0.045, 7);
        Task(report, "784-128-10, AdamW, batch 64, portable", ["optimizer=adamw", "epochs=2"], byHand: 0.30, pytorch: null, pairs: 15);
        Task(report, "20 layers of 128, AdamW, batch 64, portable", ["optimizer=adamw", $"net={PeersSection.Deep}", "steps=200"], byHand: 0.25, pytorch: null, pairs: 11);
        Task(report, "784-2048-2048-10, SGD, batch 512, portable", ["optimizer=sgd", "net=784-2048-2048-10", "batch=512", "steps=20"], byHand: null, pytorch: null, pairs: 7);
        Task(report, "cnn of PyTorch's example, batch 64, portable", ["optimizer=adamw", "net=cnn", "steps=20"], byHand: 0.35, pytorch: 0.30, pairs: 7);
        report.CompareWithBetterThreads(
            "evaluation, 10,000 images, mlp, portable",
            "ms",
            Peer.Worker("Regimen", "evaluate", "net=784-128-10", "passes=20", Portable),
            t => Peer.Python("PyTorch, one tensor", "pytorch_tensor.py", "net=784-128-10", $"threads={t}", "measure=evaluation", "passes=20"),
            0.6,
            15);
    }

    private static void Task(Report report, string work, string[] task, double? byHand, double? pytorch, int pairs)
    {
        Peer ours = Ours(task);
        report.CompareWithBetterThreads(work, Unit, ours, t => Peer.Worker("TorchSharp by hand", "hand", [.. task, $"threads={t}"]), byHand, pairs);
        if (pytorch is not null)
        {
            report.CompareWithBetterThreads(work, Unit, ours, t => Peer.Python("PyTorch, one tensor", "pytorch_tensor.py", [.. task, $"threads={t}"]), pytorch, pairs);
        }

        report.Compare(work, Unit, ours, Peer.Worker("bits=machine", "regimen", task), null, pairs);
        report.Compare(work, Unit, ours, Peer.Worker("the peak of all cores", "peak", task), null, pairs);
    }

    private static Peer Ours(string[] task) => Peer.Worker("Regimen", "regimen", [.. task, Portable]);
}
