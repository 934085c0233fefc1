using Regimen.Bench.Measuring;

namespace Regimen.Bench.Sections;

/// <summary>Whole training epochs of Regimen with all features against loops without them. Neither side has a validation
/// set.</summary>
internal static class PeersSection
{
    internal const string Deep = "784-128-128-128-128-128-128-128-128-128-128-128-128-128-128-128-128-128-128-128-128-10";
    private const string Unit = "µs/step";

    public static void Run(Report report)
    {
        CourseSgd(report);
        AdamW(report);
        DeepNet(report);
        WideNet(report);
        Cnn(report);
        EverythingOn(report);
        Evaluation(report);
    }

    private static void CourseSgd(Report report)
    {
        const string work = "course_sgd: 784-128-10, batch 64";
        string[] task = ["optimizer=sgd", "epochs=2"];
        Peer ours = Peer.Worker("Regimen", "regimen", task);
        ByHand(report, work, ours, "TorchSharp by hand", task, 0.75, 15);
        ByHand(report, work, ours, "TorchSharp with its DataLoader", [.. task, "data=loader"], 0.45, 7);
        report.CompareWithBetterThreads(work, Unit, ours, t => Peer.Python("PyTorch, one tensor", "pytorch_tensor.py", [.. task, $"threads={t}"]), 0.75, 15);
        report.CompareWithBetterThreads(work, Unit, ours, t => Peer.Python("skorch", "skorch_net.py", $"threads={t}"), 0.45, 9);
        report.CompareWithBetterThreads(
            work, Unit, ours, t => Peer.Python("the course's recipe in PyTorch", "pytorch_recipe.py", $"threads={t}", "steps=200"), 0.09, 7);
        report.Compare(work, Unit, ours, Peer.Python("scikit-learn's MLPClassifier", "sklearn_mlp.py"), null, 5);
        report.CompareWithFloor(work, Unit, ours, t => Peer.Worker("its matrix products alone", "floor", $"threads={t}", "steps=1000"), 1.4, 15);
    }

    private static void AdamW(Report report)
    {
        const string work = "784-128-10, AdamW, batch 64";
        string[] task = ["optimizer=adamw", "epochs=2"];
        ByHand(report, work, Peer.Worker("Regimen", "regimen", task), "TorchSharp by hand", task, 0.55, 15);
    }

    private static void DeepNet(Report report)
    {
        string[] task = ["optimizer=adamw", $"net={Deep}", "steps=200"];
        ByHand(report, "20 layers of 128, AdamW, batch 64", Peer.Worker("Regimen", "regimen", task), "TorchSharp by hand", task, 0.45, 11);
    }

    private static void WideNet(Report report)
    {
        string[] task = ["optimizer=sgd", "net=784-2048-2048-10", "batch=512", "steps=20"];
        Peer ours = Peer.Worker("Regimen", "regimen", task);
        report.CompareWithFloor(
            "784-2048-2048-10, SGD, batch 512", Unit, ours, t => Peer.Worker("its matrix products alone", "floor", [.. task, $"threads={t}"]), 1.1, 11);
    }

    private static void Cnn(Report report)
    {
        const string work = "cnn of PyTorch's example, batch 64";
        string[] task = ["optimizer=adamw", "net=cnn", "steps=20"];
        Peer ours = Peer.Worker("Regimen", "regimen", task);
        ByHand(report, work, ours, "TorchSharp by hand", task, 0.7, 9);
        report.CompareWithBetterThreads(work, Unit, ours, t => Peer.Python("PyTorch, one tensor", "pytorch_tensor.py", [.. task, $"threads={t}"]), 0.65, 9);
    }

    private static void EverythingOn(Report report)
    {
        string[] task = ["optimizer=sgd", "epochs=2"];
        report.Compare(
            "the trainer with all features", Unit, Peer.Worker("Regimen", "regimen", task), Peer.Worker("its own bare step", "bare", task), 1.03, 25);
    }

    private static void Evaluation(Report report)
    {
        foreach ((string net, int pairs) in new[] { ("784-128-10", 21), ("cnn", 7) })
        {
            // A single pass of the small net is as short as the wake-up time of the cores.
            (string name, int passes) = net == "cnn" ? ("cnn", 1) : ("mlp", 20);
            report.CompareWithBetterThreads(
                $"evaluation, 10,000 images, {name}",
                "ms",
                Peer.Worker("Regimen", "evaluate", $"net={net}", $"passes={passes}"),
                t => Peer.Python("PyTorch, one tensor", "pytorch_tensor.py", $"net={net}", $"threads={t}", "measure=evaluation", $"passes={passes}"),
                0.8,
                pairs);
        }
    }

    private static void ByHand(Report report, string work, Peer ours, string name, string[] task, double target, int pairs)
        => report.CompareWithBetterThreads(work, Unit, ours, t => Peer.Worker(name, "hand", [.. task, $"threads={t}"]), target, pairs);
}
