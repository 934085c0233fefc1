using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Regimen.Data;

/// <summary>Prefetches memory into the processor's cache. Rows in random order are not in the cache: without prefetching, most of a batch's
/// time is spent waiting for the first bytes of each row.</summary>
internal static unsafe class Prefetch
{
    /// <summary>The number of bytes to prefetch from the start of a row; the processor prefetches the rest of a long row itself.</summary>
    public const int Reach = 4096;

    // Copying this many bytes takes about as long as one access to memory.
    private const int LeadBytes = 2400;

    /// <summary>Returns the number of rows to prefetch ahead.</summary>
    /// <param name="rowBytes">The length of a row in bytes.</param>
    public static int Lead(long rowBytes) => (int)Math.Clamp(LeadBytes / rowBytes, 2, 16);

    /// <summary>Prefetches the cache line at an offset; does nothing for null, or on a processor without such an instruction in .NET.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(void* start, long offset)
    {
        if (Sse.IsSupported && start is not null)
        {
            Sse.Prefetch0((byte*)start + offset);
        }
    }

    /// <summary>Prefetches the start of a row.</summary>
    public static void Row(void* start, long bytes)
    {
        for (long offset = 0; offset < Math.Min(bytes, Reach); offset += 64)
        {
            Line(start, offset);
        }
    }
}
