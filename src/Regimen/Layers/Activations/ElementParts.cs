using System.Runtime.Intrinsics;
using Regimen.Engine;

namespace Regimen.Layers;

/// <summary>Divides work on single values among the threads.</summary>
internal static class ElementParts
{
    private const long SmallestPart = 16_384;

    /// <summary>Runs work on ranges that begin at multiples of a vector.</summary>
    /// <param name="length">The number of values.</param>
    /// <param name="work">Called with the start and the end of each range.</param>
    public static void Share(long length, Action<long, long> work)
    {
        int parts = (int)Math.Clamp(length / SmallestPart, 1, Threads.Parts);
        Threads.Share(parts, part =>
        {
            (long start, long end) = WorkRange.Of(length, part, parts, Vector256<float>.Count);
            work(start, end);
        });
    }
}
