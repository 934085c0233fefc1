using System.ComponentModel.DataAnnotations;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>A folder of images with one subfolder per class, the layout of torchvision's ImageFolder.</summary>
public static class ImageFolder
{
    /// <summary>The options of an image folder.</summary>
    public sealed record Options : EncodedImageOptions
    {
        /// <summary>The folder. It contains one subfolder per class, or <c>train</c> and optionally <c>val</c> and <c>test</c>, each with
        /// one subfolder per class. Classes and files are sorted by name in ordinal order.</summary>
        [MinLength(1)]
        public string Root { get; init; } = "data/images";

        /// <summary>The column of each image's class in <c>metadata.csv</c> or <c>metadata.jsonl</c>, which lists the images of its folder by
        /// <c>file_name</c> (Hugging Face's imagefolder); null where each subfolder is a class.</summary>
        [MinLength(1)]
        public string? Label { get; init; }

        /// <summary>A regular expression that finds the name of an image's group in its path below data.root: the first parenthesis, or all that it
        /// matches. A group is never in two splits. Null for no groups.</summary>
        [MinLength(1)]
        public string? Group { get; init; }
    }

    /// <summary>A folder of images with one subfolder per class: PNG, JPEG, BMP or WebP.</summary>
    /// <exception cref="RequestException">The folder has another layout, an image can't be read or does not match the others, or a split
    /// would be empty. All problems are reported together.</exception>
    [Dataset("image_folder")]
    public static DataSplits Load(Options options, DatasetContext context)
    {
        OptionsCheck.ThrowUnlessValid(options);
        EncodedImageSplits.Check(options);
        ImageFolderLayout layout = options.Label is { } label ? ListedLayout.Scan(options.Root, label) : ImageFolderLayout.Scan(options.Root);
        (IReadOnlyList<EncodedImages> parts, ImageSummary summary) = ImageFilesReader.Read(layout, options, context.Look);
        return EncodedImageSplits.Of(parts, options, context, options.Group, index => Path.GetRelativePath(options.Root, parts[0].Origin(index)).Replace('\\', '/')) with { Images = summary };
    }
}
