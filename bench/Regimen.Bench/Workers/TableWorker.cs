using System.Diagnostics;
using System.Globalization;
using Regimen.Datasets;

namespace Regimen.Bench.Workers;

/// <summary>A CSV file read, split and encoded as float32 inputs: the time in microseconds, or the growth of the peak of resident memory in
/// MB.</summary>
internal static class TableWorker
{
    public static int Run(WorkOptions options) => Worker.Answer(string.Empty, () =>
    {
        double before = Peak();
        long start = Stopwatch.GetTimestamp();
        Csv.Load(new() { Path = options.Text("path", string.Empty), Target = ["y"] }, new DatasetContext(1));
        return options.Text("measure", "time") == "time" ? Stopwatch.GetElapsedTime(start).TotalMicroseconds : Peak() - before;
    });

    private static double Peak() => double.Parse(
        File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM", StringComparison.Ordinal)).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;
}
