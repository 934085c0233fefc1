using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Regimen.Data;

/// <summary>Brings memory closer that is wanted soon. Rows in random order are nowhere near: without this most of a batch's time goes into
/// waiting for the first bytes of each row.</summary>
internal static unsafe class Prefetch
{
    /// <summary>Bytes from the beginning of a row; what follows in a long row the processor brings by itself.</summary>
    public const int Reach = 4096;

    // The time that this many bytes take is about what memory takes to answer.
    private const int LeadBytes = 2400;

    /// <summary>How many rows to look ahead.</summary>
    /// <param name="rowBytes">How long a row is.</param>
    public static int Lead(long rowBytes) => (int)Math.Clamp(LeadBytes / rowBytes, 2, 16);

    /// <summary>The line at an offset; nothing for null, or on a processor for which .NET has no such instruction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(void* start, long offset)
    {
        if (Sse.IsSupported && start is not null)
        {
            Sse.Prefetch0((byte*)start + offset);
        }
    }

    /// <summary>The beginning of a row.</summary>
    public static void Row(void* start, long bytes)
    {
        for (long offset = 0; offset < Math.Min(bytes, Reach); offset += 64)
        {
            Line(start, offset);
        }
    }
}
