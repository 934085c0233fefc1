namespace Regimen.Engine;

/// <summary>Splits a range into parts of about the same length.</summary>
internal static class WorkRange
{
    /// <summary>Returns the start and end of a part. The parts are consecutive, start at multiples of <paramref name="granule"/>, and together
    /// cover the range.</summary>
    public static (long Start, long End) Of(long length, int part, int parts, int granule)
    {
        return (Border(part), Border(part + 1));

        long Border(int at) => at == parts ? length : Math.Min(length, length * at / parts / granule * granule);
    }
}
