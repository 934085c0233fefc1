using System.Globalization;

namespace Regimen.Engine;

/// <summary>Reads the memory of the machine.</summary>
internal static class MachineMemory
{
    /// <summary>Returns physical memory (or a container's limit) and available memory in bytes; available memory is null if unknown.</summary>
    public static (long Total, long? Available) Read()
    {
        // The .NET runtime respects container limits; /proc/meminfo does not.
        long total = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        try
        {
            return File.Exists("/proc/meminfo") ? (total, Bounded(Parse(File.ReadLines("/proc/meminfo"), "MemAvailable"), total)) : (total, null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (total, null);
        }
    }

    /// <summary>Returns a value of <c>/proc/meminfo</c>, whose lines read <c>MemAvailable:   24253792 kB</c>, in bytes.</summary>
    internal static long? Parse(IEnumerable<string> lines, string name)
    {
        string? line = lines.FirstOrDefault(l => l.StartsWith(name + ":", StringComparison.Ordinal));
        string? number = line?[(name.Length + 1)..].Replace("kB", string.Empty, StringComparison.Ordinal);
        return long.TryParse(number, NumberStyles.Integer, CultureInfo.InvariantCulture, out long kilobytes) ? kilobytes * 1024 : null;
    }

    private static long? Bounded(long? available, long total) => available is { } bytes ? Math.Min(bytes, total) : null;
}
