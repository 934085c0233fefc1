using System.Runtime.InteropServices;

namespace Regimen.Engine;

/// <summary>Settings of the C library's allocator. A training step frees and asks for the same large blocks again and again; by default
/// glibc gives each back to the system and asks anew, and every page is cleared and mapped again.</summary>
internal static partial class MemoryAllocator
{
    private const int TrimThreshold = -1;
    private const int TopPad = -2;
    private const int MmapThreshold = -3;
    private static readonly Lazy<bool> Tuned = new(Tune);

    /// <summary>Keeps freed memory in the process from now on; results do not depend on it. False where the C library has no such
    /// setting.</summary>
    public static bool KeepFreedMemory() => Tuned.Value;

    private static bool Tune()
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            // The largest mmap threshold that glibc takes on 64-bit systems is 32 MiB.
            return SetOption(MmapThreshold, 32 << 20) != 0 & SetOption(TrimThreshold, int.MaxValue) != 0 & SetOption(TopPad, 64 << 20) != 0;
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException)
        {
            // musl has no mallopt.
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
