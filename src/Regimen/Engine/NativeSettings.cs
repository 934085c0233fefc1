using System.Runtime.InteropServices;

namespace Regimen.Engine;

/// <summary>Settings of the process's native libraries that training profits from; no result depends on them.</summary>
/// <remarks>
/// <para>They change the whole process, so the library never applies them by itself: a program calls <see cref="Apply"/> where it starts, as
/// Regimen's own does.</para>
/// <para><b>Memory.</b> A training step frees and asks for the same large blocks again and again; by default glibc gives each back to the
/// system, and every page is cleared and mapped anew.</para>
/// <para><b>Waiting.</b> libtorch's threads (libgomp) wait for each other by spinning. Where other work wants the cores too, such as a
/// second run, they spin while the one they wait for is not even running. A short spin is as fast on a quiet machine and about
/// twice as fast on a busy one (bench/README.md). It is read when libtorch loads; what the user has set stands.</para>
/// <para><b>NNPACK.</b> libtorch warns on the standard error stream where this library of convolutions does not know the processor, although
/// nothing is missing then: <see cref="Nnpack"/>.</para>
/// </remarks>
public static partial class NativeSettings
{
    private const int TrimThreshold = -1;
    private const int TopPad = -2;
    private const int MmapThreshold = -3;
    private static readonly Lazy<bool> Applied = new(OnLinux);

    /// <summary>Applies them once a process; call it before anything of libtorch, and before other threads run. False where the C library has
    /// no such settings.</summary>
    public static bool Apply() => Applied.Value;

    /// <summary>Whether <see cref="Apply"/> was called.</summary>
    internal static bool AreWanted => Applied.IsValueCreated;

    /// <summary>What <see cref="Apply"/> told the memory allocator, as a run records it; null where nothing was.</summary>
    public static string? Allocator => AreWanted && Applied.Value ? "glibc: mmap_threshold 32 MiB, trim_threshold 2 GiB, top_pad 64 MiB" : null;

    private static bool OnLinux()
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            if (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
            {
                _ = SetVariable("GOMP_SPINCOUNT", "10000", overwrite: 0);
            }

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

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
