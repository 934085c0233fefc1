using System.Globalization;
using System.Text;

namespace Regimen.Ranks;

/// <summary>Where a rank runs.</summary>
/// <param name="Host">The name of its host.</param>
/// <param name="Processors">The number of processors that it may use.</param>
/// <param name="Mask">Which these are, where the system tells it; ranks with the same ones share them.</param>
internal sealed record RankPlace(string Host, int Processors, string Mask)
{
    /// <summary>Returns the place of this process.</summary>
    public static RankPlace OfProcess() => new(Environment.MachineName, Environment.ProcessorCount, AllowedProcessors());

    /// <summary>Returns the number of processors that a rank has to itself, at least 1: those that it may use, divided by the ranks of its host
    /// that may use the same.</summary>
    public static int ShareOf(IReadOnlyList<RankPlace> places, int rank) => Math.Max(1, places[rank].Processors / places.Count(p => p == places[rank]));

    public static RankPlace Read(byte[] bytes)
    {
        string[] parts = Encoding.UTF8.GetString(bytes).Split('\n');
        return new RankPlace(parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture), parts[2]);
    }

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Host}\n{Processors}\n{Mask}"));

    private static string AllowedProcessors()
    {
        const string Label = "Cpus_allowed:";
        const string Status = "/proc/self/status";
        return OperatingSystem.IsLinux() && File.Exists(Status) && File.ReadLines(Status).FirstOrDefault(l => l.StartsWith(Label, StringComparison.Ordinal)) is { } line
            ? line[Label.Length..].Trim()
            : string.Empty;
    }
}
