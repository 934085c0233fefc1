using System.Diagnostics;

namespace Regimen.Profiling;

/// <summary>The resident memory of this process, and its peak.</summary>
internal static class ResidentMemory
{
    /// <summary>The resident memory now, in bytes.</summary>
    public static long Now
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return process.WorkingSet64;
        }
    }

    /// <summary>The largest resident memory since <see cref="ResetPeak"/>, or since the start of the process where that is not possible.</summary>
    public static long Peak
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return Math.Max(process.PeakWorkingSet64, process.WorkingSet64);
        }
    }

    /// <summary>Lets the peak begin anew, where the system can do that (Linux).</summary>
    public static void ResetPeak()
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                File.WriteAllText("/proc/self/clear_refs", "5");
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Not permitted here: the peak is that of the whole process.
        }
    }
}
