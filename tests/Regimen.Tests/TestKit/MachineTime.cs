using System.Runtime.InteropServices;

namespace Regimen.Tests.TestKit;

/// <summary>The processor time of processes that this one started.</summary>
internal static partial class MachineTime
{
    private const int Children = -1;

    /// <summary>The processor time, user's and system's, of all processes that this one started and that have ended, with those that they
    /// started and waited for. Linux and macOS.</summary>
    public static TimeSpan OfEndedChildren()
    {
        // Two times of 16 bytes, then counters.
        Span<long> usage = stackalloc long[64];
        Assert.Equal(0, GetUsage(Children, ref MemoryMarshal.GetReference(usage)));
        return TimeSpan.FromSeconds(usage[0] + usage[2]) + TimeSpan.FromMicroseconds((int)usage[1] + (int)usage[3]);
    }

    [LibraryImport("libc", EntryPoint = "getrusage", SetLastError = true)]
    private static partial int GetUsage(int who, ref long usage);
}
