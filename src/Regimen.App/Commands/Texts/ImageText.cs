using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.App.Screen;
using Regimen.Data;

namespace Regimen.App.Commands;

/// <summary>Formats the summary of a set of image files, as JSON and as text.</summary>
internal static class ImageText
{
    public static JsonObject Document(ImageSummary images) => new()
    {
        ["in_memory"] = images.InMemory,
        ["bytes"] = images.Bytes,
        ["orientation_applied"] = images.OrientationApplied,
        ["repeated"] = images.Repeated,
        ["parts"] = new JsonArray([.. images.Parts.Select(part => new JsonObject
        {
            ["part"] = part.Name,
            ["files"] = part.Files,
            ["grey"] = part.Grey,
            ["colour"] = part.Colour,
            ["oriented"] = part.Oriented,
            ["with_alpha"] = part.WithAlpha,
            ["sixteen_bit"] = part.SixteenBit,
            ["in_training"] = part.InTraining,
            ["different_sizes"] = part.DifferentSizes,
            ["sizes"] = new JsonArray([.. part.Sizes.Select(s => new JsonObject { ["width"] = s.Width, ["height"] = s.Height, ["files"] = s.Files })]),
        })]),
    };

    public static void Write(Page page, ImageSummary images)
    {
        page.Line();
        TextTable.Write(
            page,
            [
                new("part"), new("files", IsNumber: true), new("grey", IsNumber: true), new("colour", IsNumber: true), new("oriented", IsNumber: true),
                new("alpha", IsNumber: true), new("16-bit", IsNumber: true), new("sizes"),
            ],
            images.Parts.Select(part => new Cell[]
            {
                part.Name, DisplayText.Count(part.Files), DisplayText.Count(part.Grey), DisplayText.Count(part.Colour), DisplayText.Count(part.Oriented),
                DisplayText.Count(part.WithAlpha), DisplayText.Count(part.SixteenBit), Sizes(part),
            }));
        foreach (string note in Notes(images))
        {
            page.Line(note);
        }
    }

    private static string Sizes(ImagePartSummary part)
    {
        string sizes = string.Join(", ", part.Sizes.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Width} × {s.Height} ({s.Files:#,0})")));
        return part.DifferentSizes > part.Sizes.Count
            ? string.Create(CultureInfo.InvariantCulture, $"{sizes}, {part.DifferentSizes - part.Sizes.Count:#,0} others")
            : sizes;
    }

    /// <summary>Returns notes on how the images are read, with the config keys that change it.</summary>
    private static IEnumerable<string> Notes(ImageSummary images)
    {
        double mebibytes = images.Bytes / (1024.0 * 1024);
        yield return string.Create(CultureInfo.InvariantCulture, $"The decoded images need {mebibytes:#,0.0} MiB: ")
            + (images.InMemory ? "they are decoded once and kept in memory." : "the loader's workers decode them for every batch (data.memory_mb).");
        if (images.Parts.Sum(p => p.Oriented) > 0)
        {
            yield return images.OrientationApplied
                ? "The EXIF orientation of the oriented images is applied."
                : "The EXIF orientation of the oriented images is not applied: data.apply_orientation=true applies it.";
        }

        if (images.Parts.Sum(p => p.WithAlpha) > 0)
        {
            yield return "Images with an alpha channel are read as colours if every pixel is opaque; others are rejected.";
        }

        if (images.Parts.Sum(p => p.SixteenBit) > 0)
        {
            yield return "Of 16-bit images, the upper 8 bits of each value are read.";
        }

        if (images.Repeated > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"{images.Repeated:#,0} links are skipped: they lead to a parent folder or to a file that is already included.");
        }

        foreach (ImagePartSummary part in images.Parts.Where(p => p.InTraining > 0))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{part.InTraining:#,0} files of {part.Name} are also in train: results on {part.Name} include training samples.");
        }
    }
}
