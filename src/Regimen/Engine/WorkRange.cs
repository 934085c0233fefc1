namespace Regimen.Engine;

/// <summary>How a row of things is cut into parts of about the same length.</summary>
internal static class WorkRange
{
    /// <summary>Where a part begins and ends. Parts follow each other, begin at multiples of <paramref name="granule"/>, and are together
    /// the whole.</summary>
    public static (long Start, long End) Of(long length, int part, int parts, int granule)
    {
        return (Border(part), Border(part + 1));

        long Border(int at) => at == parts ? length : Math.Min(length, length * at / parts / granule * granule);
    }
}
