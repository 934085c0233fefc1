using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Regimen.Bench.Measuring;
using Regimen.Curves;

namespace Regimen.Bench.Sections;

/// <summary>The list of 10,000 runs in a new process, until its first row and until its end, with the index and without; and a curve of 100,000 losses
/// read and reduced to 1,000 columns, against reading its bytes.</summary>
internal static class RunsSection
{
    private const int Runs = 10_000;
    private const int Losses = 100_000;
    private const int Columns = 1000;
    private const int Pairs = 7;
    private const string Without = "without an index";

    public static void Run(Report report)
    {
        DirectoryInfo root = Directory.CreateTempSubdirectory("regimen-bench");
        try
        {
            if (report.Wants("runs", Without))
            {
                MakeRuns(root.FullName);
                foreach ((string what, string[] arguments) in (ReadOnlySpan<(string, string[])>)
                    [("first row", []), ("whole list", []), ("filter by a config key", ["optimizer.lr<0.002"]), ("groups by seed", ["--group-seeds"])])
                {
                    Peer list = Peer.Worker("Regimen", "product", ["runs", "--runs", root.FullName, .. arguments]);
                    report.Add(Comparison.Measure(
                        $"list of {Runs} runs: {what}", Without, "ms", null, report.Arguments.Pairs ?? Pairs, () => Measure(list, what == "first row"), () =>
                        {
                            File.Delete(Path.Combine(root.FullName, ".index.sqlite"));
                            return Measure(list, what == "first row");
                        }));
                }
            }

            if (report.Wants("curve", "its bytes alone"))
            {
                report.Add(MeasureCurve(root.FullName, report.Arguments.Pairs ?? 51));
            }
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    /// <summary>Returns the milliseconds from the start of a process to its first row below the heading, or to its end.</summary>
    private static double Measure(Peer list, bool firstRow)
    {
        long start = Stopwatch.GetTimestamp();
        using Process process = Side.Launch(list);
        process.StandardInput.Close();
        process.StandardOutput.ReadLine();
        string? row = process.StandardOutput.ReadLine();
        double first = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return row is null || process.ExitCode != 0 ? throw new InvalidOperationException("the list has no rows") : firstRow ? first : Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static Comparison MeasureCurve(string folder, int pairs)
    {
        string path = Path.Combine(folder, "steps.f32");
        File.WriteAllBytes(path, MemoryMarshal.AsBytes<float>(Enumerable.Range(0, Losses).Select(i => MathF.Sin(i)).ToArray()));
        return Comparison.Measure($"curve of {Losses} losses, {Columns} columns", "its bytes alone", "ms", null, pairs, () => Milliseconds(() =>
        {
            if (DownSampling.MinMaxLast(new CurveReader(folder).Find(CurveReader.StepLoss)!, Columns).Count < Columns)
            {
                throw new InvalidOperationException("points are missing");
            }
        }), () => Milliseconds(() => File.ReadAllBytes(path)));
    }

    private static double Milliseconds(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    /// <summary>Makes folders as runs of the default config leave them, without checkpoints.</summary>
    private static void MakeRuns(string root)
    {
        string config = File.ReadAllText(Path.Combine(Place.Root, "bench", "runs", "config.yaml"));
        string metrics = File.ReadAllText(Path.Combine(Place.Root, "bench", "runs", "metrics.jsonl"));
        string manifest = File.ReadAllText(Path.Combine(Place.Root, "bench", "runs", "run.json"));
        var first = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Parallel.For(0, Runs, i =>
        {
            DateTimeOffset started = first.AddSeconds(37 * i);
            string name = $"{started.ToString("yyyy-MM-dd_HH-mm-ss", CultureInfo.InvariantCulture)}_{(i % 3 == 0 ? "mnist-cnn" : "mnist-mlp")}";
            string folder = Path.Combine(root, name);
            Directory.CreateDirectory(folder);
            string seed = (i % 5).ToString(CultureInfo.InvariantCulture);
            File.WriteAllText(Path.Combine(folder, "config.yaml"), config.Replace("seed: 42", $"seed: {seed}", StringComparison.Ordinal)
                .Replace("lr: 0.001", string.Create(CultureInfo.InvariantCulture, $"lr: {0.001 * (1 + (i % 7))}"), StringComparison.Ordinal));
            File.WriteAllText(Path.Combine(folder, "metrics.jsonl"), metrics);
            File.WriteAllText(Path.Combine(folder, "run.json"), manifest.Replace("\"seed\": 42", $"\"seed\": {seed}", StringComparison.Ordinal)
                .Replace("2026-11-26T10:27:32", started.ToString("s", CultureInfo.InvariantCulture), StringComparison.Ordinal));
            File.WriteAllBytes(Path.Combine(folder, ".lock"), []);

            // An index does not trust files that were written just now.
            foreach (string file in Directory.GetFiles(folder))
            {
                File.SetLastWriteTimeUtc(file, started.UtcDateTime);
            }
        });
    }
}
