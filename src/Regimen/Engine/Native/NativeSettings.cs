using System.Runtime.InteropServices;

namespace Regimen.Engine;

/// <summary>Settings of the process's native libraries that make training faster; no result depends on them.</summary>
/// <remarks>
/// <para>They change the whole process, so the library never applies them by itself: a program calls <see cref="Apply"/> when it starts, as
/// Regimen's own does.</para>
/// <para><b>Memory.</b> A training step frees and allocates the same large blocks again and again. By default glibc returns each block to the
/// system, so every page is cleared and mapped again.</para>
/// <para><b>Waiting.</b> libtorch's threads (libgomp) wait for each other by spinning. If other work needs the cores too, such as a second
/// run, they spin while the thread they wait for is not running. A short spin is as fast on an idle machine and about twice as fast on a busy
/// one (bench/README.md). The setting is read when libtorch loads; a setting of the user takes precedence.</para>
/// <para><b>NNPACK.</b> libtorch writes a warning to the standard error stream if this library of convolutions does not support the
/// processor, although nothing is missing then: <see cref="Nnpack"/>.</para>
/// </remarks>
public static partial class NativeSettings
{
    private const int TrimThreshold = -1;
    private const int TopPad = -2;
    private const int MmapThreshold = -3;
    private static readonly Lazy<bool> Applied = new(OnLinux);

    /// <summary>Applies the settings, once per process. Call it before anything of libtorch and before other threads run. Returns false if the C
    /// library has no such settings.</summary>
    public static bool Apply() => Applied.Value;

    /// <summary>Whether <see cref="Apply"/> was called.</summary>
    internal static bool AreApplied => Applied.IsValueCreated;

    /// <summary>The settings that <see cref="Apply"/> made to the memory allocator, as a run records them; null for none.</summary>
    public static string? Allocator => AreApplied && Applied.Value ? "glibc: mmap_threshold 32 MiB, trim_threshold 2 GiB, top_pad 64 MiB" : null;

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

            // 32 MiB is the largest mmap threshold that glibc accepts on 64-bit systems.
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
