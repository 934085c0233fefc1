using System.Text;

namespace Regimen.Ranks;

/// <summary>Where a rank runs.</summary>
/// <param name="Host">The name of its host.</param>
/// <param name="Processors">The number of processors that it may use.</param>
/// <param name="Mask">Which these are, where the system tells it; ranks with the same ones share them.</param>
internal sealed record RankPlace(string Host, int Processors, string Mask)
{
    /// <summary>The length of its form in bytes.</summary>
    public const int Length = 1024;

    /// <summary>Returns the place of this process.</summary>
    public static RankPlace OfProcess() => new(Environment.MachineName, Environment.ProcessorCount, AllowedProcessors());

    /// <summary>Returns the number of processors that a rank has to itself, at least 1: those that it may use, divided by the ranks of its host
    /// that may use the same.</summary>
    public static int ShareOf(IReadOnlyList<RankPlace> places, int rank) => Math.Max(1, places[rank].Processors / places.Count(p => p == places[rank]));

    public static RankPlace Read(byte[] bytes)
    {
        string[] parts = Encoding.UTF8.GetString(bytes).TrimEnd('\0').Split('\n');
        return new RankPlace(parts[0], int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), parts[2]);
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        string text = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Host[..Math.Min(Host.Length, 200)]}\n{Processors}\n{Mask[..Math.Min(Mask.Length, 600)]}");
        Encoding.UTF8.GetEncoder().Convert(text, bytes, flush: true, out _, out _, out _);
        return bytes;
    }

    private static string AllowedProcessors()
    {
        const string Label = "Cpus_allowed:";
        const string Status = "/proc/self/status";
        return OperatingSystem.IsLinux() && File.Exists(Status) && File.ReadLines(Status).FirstOrDefault(l => l.StartsWith(Label, StringComparison.Ordinal)) is { } line
            ? line[Label.Length..].Trim()
            : string.Empty;
    }
}
