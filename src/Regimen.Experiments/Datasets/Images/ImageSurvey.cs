using Regimen.Data;
using Regimen.Files;
using Regimen.Imaging;

namespace Regimen.Datasets;

/// <summary>Summarises the headers of a folder's images.</summary>
internal static class ImageSurvey
{
    /// <summary>The number of sizes that a summary lists.</summary>
    public const int ShownSizes = 5;

    /// <summary>Summarises a split.</summary>
    /// <param name="name">The name of the split.</param>
    /// <param name="images">The images.</param>
    /// <param name="facts">The header of each image; null for images that can't be read.</param>
    /// <param name="training">The identities of the training images.</param>
    public static ImagePartSummary Of(string name, ImageEntry[] images, ImageFacts?[] facts, IReadOnlySet<FileIdentity> training)
    {
        ImageFacts[] known = [.. facts.OfType<ImageFacts>()];
        ImageSizeCount[] sizes =
        [
            .. known.CountBy(f => (f.Width, f.Height)).OrderByDescending(s => s.Value).ThenBy(s => s.Key)
                .Select(s => new ImageSizeCount(s.Key.Width, s.Key.Height, s.Value)),
        ];
        return new ImagePartSummary(
            name,
            images.Length,
            known.Count(f => f.Channels == 1),
            known.Count(f => f.Channels != 1),
            known.Count(f => f.Orientation != ImageOrientation.AsStored),
            known.Count(f => f.HasAlpha),
            known.Count(f => f.Is16Bit),
            name == ImageFolderLayout.Train ? 0 : images.Count(i => i.Identity is { } file && training.Contains(file)),
            [.. sizes.Take(ShownSizes)],
            sizes.Length);
    }
}
