using Regimen.Data;

namespace Regimen.Imaging;

/// <summary>Draws a contact sheet of training samples with their labels: as stored and, if there are transforms, as transformed in the first
/// epoch.</summary>
internal static class ContactSheet
{
    /// <summary>The default number of samples.</summary>
    public const int UsualSamples = 24;

    /// <summary>Draws the sheet as a PNG.</summary>
    /// <param name="name">The title: the name of the data set.</param>
    /// <param name="data">The data. Training samples are drawn from the classes in turn.</param>
    /// <param name="seed">The run's seed, which determines random transforms.</param>
    /// <param name="samples">The maximum number of samples.</param>
    /// <exception cref="RequestException">The samples are not images.</exception>
    public static byte[] Draw(string name, DataSplits data, ulong seed, int samples = UsualSamples)
    {
        SheetSamples chosen = SheetSamples.Choose(data, seed, samples);
        string[] parts = [.. data.Parts.Select(p => FormattableString.Invariant($"{p.Data.Count:#,0} {p.Name}"))];
        string shape = $"{data.Train.SampleShape}{(data.Train.Classes.Count > 0 ? $", {data.Train.Classes.Count} classes" : "")}";
        return new SheetPainter(name, $"{string.Join("  ·  ", parts)}  ·  samples {shape}", chosen).ToPng();
    }
}
