using System.Diagnostics;
using System.Runtime.InteropServices;
using Regimen.Ranks;

namespace Regimen.Bench.Workers;

/// <summary>The time of a sum over the ranks of a job, by its length. Started alone: <c>mpirun -n 2 dotnet Regimen.Bench.dll worker sum</c>.</summary>
internal static class SumWorker
{
    public static unsafe int Run()
    {
        using RankGroup ranks = RankGroup.FromLauncher() ?? throw new InvalidOperationException("Start it with mpirun.");
        foreach (int length in (int[])[1, 10_000, 100_000, 1_000_000, 10_000_000])
        {
            float* values = (float*)NativeMemory.AllocZeroed((nuint)length, sizeof(float));
            int repeats = Math.Clamp(100_000_000 / length, 20, 2000);
            double[] times = new double[repeats];
            for (int i = 0; i < repeats; i++)
            {
                long start = Stopwatch.GetTimestamp();
                ranks.Exchange.Sum(values, length, [1, 2, 3]);
                times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            }

            NativeMemory.Free(values);
            Array.Sort(times);
            if (ranks.Rank == 0)
            {
                Console.WriteLine($"{length,12:N0} values  median {times[repeats / 2],10:F1} µs  5 % {times[repeats / 20],10:F1} µs");
            }
        }

        ranks.End();
        return 0;
    }
}
