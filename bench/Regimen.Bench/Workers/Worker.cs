using System.Globalization;
using Regimen.App;
using Regimen.Engine;

namespace Regimen.Bench.Workers;

/// <summary>The other end of <see cref="Measuring.Side"/>: a process of its own for each way to do the work, so that no setting of one
/// reaches another.</summary>
internal static class Worker
{
    public static async Task<int> RunAsync(string kind, string[] arguments)
    {
        if (kind is "regimen" or "bare" or "evaluate" or "product")
        {
            // As Regimen's program does; the workers of others run as their users would write them.
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
            case "product":
                // The program as it is: with the objective of this assembly that tells of the first step.
                return await RegimenApp.RunAsync(arguments);
            default:
                throw new ArgumentException($"No worker named {kind}.");
        }
    }

    /// <summary>Says that all is prepared, then does a piece of work for every line that comes.</summary>
    /// <param name="note">What is to be said of how the work is done.</param>
    /// <param name="work">A piece of work; its value.</param>
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
