using Regimen.Files;
using Regimen.Prediction;

namespace Regimen.App.Commands;

/// <summary>The folder into which <c>predict</c> writes a mask for each image, named after the image. Of several images with one name, the later ones get a
/// number.</summary>
/// <param name="path">The folder; it is created.</param>
internal sealed class MaskFolder(string path)
{
    private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Writes a mask, and returns the path of its file.</summary>
    /// <param name="input">The name of the image.</param>
    /// <param name="mask">The mask.</param>
    public string Write(string input, PredictedMask mask)
    {
        string plain = Path.GetFileNameWithoutExtension(input) is { Length: > 0 } name and not "-" ? name : "mask";
        string unique = plain;
        for (int number = 2; !_taken.Add(unique); number++)
        {
            unique = FormattableString.Invariant($"{plain}_{number}");
        }

        string file = Path.Combine(path, $"{unique}.png");
        OutputFile.Guard(file, () =>
        {
            Directory.CreateDirectory(path);
            AtomicFile.Write(file, stream => stream.Write(mask.ToPng()));
            return true;
        });
        return file;
    }
}
