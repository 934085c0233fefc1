using System.Diagnostics;
using Regimen.Bench.Measuring;

namespace Regimen.Bench.Sections;

/// <summary>The time from the start of a process to the end of its first training step: <c>regimen train</c> with data, config, log and run
/// folder, against PyTorch's import, a model and a step on a random batch.</summary>
internal static class StartSection
{
    private const int Pairs = 15;

    public static void Run(Report report)
    {
        const string work = "process start to first step";
        const string against = "PyTorch: import, model, a step";
        if (!report.Wants(work, against))
        {
            return;
        }

        DirectoryInfo runs = Directory.CreateTempSubdirectory("regimen-bench");
        try
        {
            Peer ours = Peer.Worker(
                "Regimen", "product", "train", "objective.name=cross_entropy_reporting", "trainer.max_steps=2", "data.validation_fraction=0", "early_stopping=none", $"runs={runs.FullName}");
            Peer python = Peer.Python(against, "pytorch_start.py");
            if (UntilFirstStep(python) is not double)
            {
                report.Skip(work, against, "PyTorch did not take a step; see above");
                return;
            }

            report.Add(Comparison.Measure(work, against, "ms", 0.6, report.Arguments.Pairs ?? Pairs, () => UntilFirstStep(ours)!.Value, () => UntilFirstStep(python)!.Value));
        }
        finally
        {
            runs.Delete(recursive: true);
        }
    }

    private static double? UntilFirstStep(Peer peer)
    {
        long start = Stopwatch.GetTimestamp();
        using Process process = Side.Launch(peer);
        string? answer = Side.ReadAnswer(process);
        double taken = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        process.StandardInput.Close();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return answer == "first step" ? taken : null;
    }
}
