using Regimen.Data;

namespace Regimen.Imaging;

/// <summary>A picture of some training samples with their labels: as they are stored and, where transforms change them, as they are seen
/// in the first epoch.</summary>
public static class ContactSheet
{
    /// <summary>How many samples are drawn where nothing is said.</summary>
    public const int UsualSamples = 24;

    /// <summary>Draws the sheet as a PNG.</summary>
    /// <param name="name">What stands at its head: the data set's name.</param>
    /// <param name="data">Whose training part is drawn, from the classes in turn.</param>
    /// <param name="seed">The run's seed, from which what is random follows.</param>
    /// <param name="samples">How many samples at most.</param>
    /// <exception cref="RequestException">The samples are no images.</exception>
    public static byte[] Draw(string name, DataSplits data, ulong seed, int samples = UsualSamples)
    {
        SheetSamples chosen = SheetSamples.Choose(data, seed, samples);
        string[] parts = [.. data.Parts.Select(p => FormattableString.Invariant($"{p.Data.Count:#,0} {p.Name}"))];
        string shape = $"{data.Train.SampleShape}{(data.Train.Classes.Count > 0 ? $", {data.Train.Classes.Count} classes" : "")}";
        return new SheetPainter(name, $"{string.Join("  ·  ", parts)}  ·  samples {shape}", chosen).ToPng();
    }
}
