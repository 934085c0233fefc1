using System.Globalization;
using Regimen.App;
using Regimen.Engine;

namespace Regimen.Bench.Workers;

/// <summary>The process on the other side of <see cref="Measuring.Side"/>. Each implementation runs in its own process, so that settings do not
/// interfere.</summary>
internal static class Worker
{
    public static async Task<int> RunAsync(string kind, string[] arguments)
    {
        if (kind is "regimen" or "tracking" or "bare" or "evaluate" or "product")
        {
            // The same setup as in Regimen's program; other workers run without it, as their users would write them.
            NativeSettings.Apply();
        }

        switch (kind)
        {
            case "regimen":
                return RegimenWorker.Run(new WorkOptions(arguments));
            case "bare":
                return BareWorker.Run(new WorkOptions(arguments));
            case "hand":
                return HandWorker.Run(new WorkOptions(arguments));
            case "floor":
                return FloorWorker.Run(new WorkOptions(arguments));
            case "evaluate":
                return EvaluateWorker.Run(new WorkOptions(arguments));
            case "images":
                return ImagesWorker.Run(new WorkOptions(arguments));
            case "table":
                return TableWorker.Run(new WorkOptions(arguments));
            case "tracking":
                return TrackingWorker.Run(new WorkOptions(arguments));
            case "search":
                return SearchWorker.Run(new WorkOptions(arguments));
            case "peak":
                return PeakWorker.Run(new WorkOptions(arguments));
            case "loop":
                while (true)
                {
                    // Until it is killed.
                }

            case "sum":
                return SumWorker.Run();
            case "product":
                // The unmodified program, with an objective of this assembly that reports the first step.
                return await RegimenApp.RunAsync(arguments);
            default:
                throw new ArgumentException($"No worker named {kind}.");
        }
    }

    /// <summary>Reports that the worker is ready, and then runs a piece of work for every input line.</summary>
    /// <param name="note">A note on the worker's settings.</param>
    /// <param name="work">Runs a piece of work and returns its value.</param>
    public static int Answer(string note, Func<double> work)
    {
        Say($"ready {note}");
        while (IsAsked())
        {
            Say(work());
        }

        return 0;
    }

    public static bool IsAsked() => Console.ReadLine() is not null;

    public static void Say(double value) => Say(value.ToString("R", CultureInfo.InvariantCulture));

    public static void Say(string answer)
    {
        Console.Out.WriteLine($"@{answer}");
        Console.Out.Flush();
    }

    public static string ThreadNote(int threads) => threads == 1 ? "(1 thread)" : $"({threads} threads)";
}
