using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Imaging;

namespace Regimen.Datasets;

/// <summary>Images with masks, for semantic segmentation.</summary>
public static class Segmentation
{
    /// <summary>The options of images with masks.</summary>
    public sealed record Options
    {
        /// <summary>The folder. It contains <c>images</c> and <c>masks</c>, or <c>train</c> and optionally <c>val</c> and <c>test</c>, each with both. An image
        /// and its mask have the same name except for the extension.</summary>
        [MinLength(1)]
        public string Root { get; init; } = "data/segmentation";

        /// <summary>The names of the classes: the pixels of a mask are indices into this list.</summary>
        [Length(0, MaskTarget.MostClasses)]
        public IReadOnlyList<string> Classes { get; init; } = [];

        /// <summary>The value of pixels without a class, which loss and metrics leave out; null for none.</summary>
        [Range(0, 255)]
        public int? IgnoreIndex { get; init; } = MaskTarget.Ignored;

        /// <summary>The column of each image's mask in <c>metadata.csv</c> or <c>metadata.jsonl</c>, which lists the images of its folder by
        /// <c>file_name</c>; null where masks have the names of their images.</summary>
        [MinLength(1)]
        public string? Mask { get; init; }

        /// <summary>The fraction of the training images held out for validation if there is no <c>val</c> folder; 0 for none.</summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double ValidationFraction { get; init; } = 0.2;

        /// <summary>The fraction of the training images held out for testing if there is no <c>test</c> folder; 0 for none.</summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double TestFraction { get; init; }

        /// <summary>A regular expression that finds the name of an image's group in its path below data.root: the first parenthesis, or all that it
        /// matches. A group is never in two splits. Null for no groups.</summary>
        [MinLength(1)]
        public string? Group { get; init; }

        /// <summary>The maximum number of training images, taken from the start before the split; null for all.</summary>
        [Range(1, int.MaxValue)]
        public int? Limit { get; init; }

        /// <summary>The number of channels that images are converted to: 1 for greyscale, 3 for RGB; null for the channels of the files,
        /// which must all be equal.</summary>
        [AllowedValues(null, 1, 3)]
        public int? Channels { get; init; }

        /// <summary>The size that images and masks are resized to: one number for a square, two for height and width; empty if all images have the
        /// same size.</summary>
        [Length(0, 2)]
        public IReadOnlyList<int> Size { get; init; } = [];

        /// <summary>How images and masks are fitted to the size: images with bilinear interpolation, masks with the nearest pixel.</summary>
        public ImageFit Fit { get; init; } = ImageFit.Crop;

        /// <summary>The memory limit for decoded images in MiB. If all images fit, at one byte per value, they are decoded once at the start, and so are
        /// their masks; otherwise the loader's workers decode them in every epoch. The batches are the same.</summary>
        [Range(0, 1_048_576)]
        public int MemoryMb { get; init; } = 1024;

        /// <summary>The mean subtracted from pixels (0 to 1): one value for all channels or one per channel; empty for no normalisation;
        /// <c>auto</c> (null) for those of the training images, measured at the start.</summary>
        [Length(0, 3)]
        [NullIs("auto")]
        public IReadOnlyList<double>? Mean { get; init; } = [];

        /// <summary>The standard deviation that pixels are divided by: as many values as in mean, each above 0; <c>auto</c> (null) for the measured
        /// one.</summary>
        [Length(0, 3)]
        [NullIs("auto")]
        public IReadOnlyList<double>? Std { get; init; } = [];
    }

    /// <summary>Images with masks: PNG, JPEG, BMP or WebP, each with a PNG of the same size whose pixels are indices of classes.</summary>
    /// <exception cref="RequestException">The folder has another layout, an image or a mask can't be read or does not match the others, or a split
    /// would be empty.</exception>
    [Dataset("segmentation", Objective = "pixel_cross_entropy")]
    public static DataSplits Load(Options options, DatasetContext context)
    {
        OptionsCheck.ThrowUnlessValid(options);
        Check(options);
        MaskFolderLayout layout = MaskFolderLayout.Scan(options.Root, options.Mask);
        var images = new ImageFolder.Options { Root = options.Root, Channels = options.Channels, Size = options.Size, Fit = options.Fit, MemoryMb = options.MemoryMb };
        (IReadOnlyList<EncodedImages> parts, ImageSummary summary) = ImageFilesReader.Read(layout.ImagesOnly(options.Root, options.Classes), images, context.Look);
        SampleShape shape = parts[0].SampleShape;
        var loader = new MaskLoader(shape.Dimensions[1], shape.Dimensions[2], options.Fit, options.Classes.Count, options.IgnoreIndex);
        var problems = new List<Problem>();
        MaskedImages[] masked = [.. parts.Select((part, i) => MaskedImages.Read(part, [.. layout.Parts[i].Pairs.Select(p => p.Mask)], loader, problems))];
        ProblemList.ThrowIfAny(problems);

        MaskedImages? validation = masked.FirstOrDefault(p => p.Part == ImageFolderLayout.Validation);
        MaskedImages? test = masked.FirstOrDefault(p => p.Part == ImageFolderLayout.Test);
        IDataset train = TrainTest.First(masked[0], options.Limit);
        var heldOut = new SplitRequest(options.ValidationFraction, options.TestFraction, Stratify: false)
        {
            Groups = options.Group is { } pattern ? PathGroups.Of(train.Count, i => Path.GetRelativePath(options.Root, train.Origin(i)!).Replace(Path.DirectorySeparatorChar, '/'), pattern) : null,
        };
        DataSplits splits = validation is not null && (test is not null || options.TestFraction == 0)
            ? new DataSplits { Train = train, Validation = validation, Test = test }
            : TrainTest.Split(train, validation, test, heldOut, [], context.Seed);
        return MeasuredPixels.Normalize(splits, options.Mean, options.Std, context.CancellationToken) with { Images = summary };
    }

    private static void Check(Options options)
    {
        var problems = new List<Problem>();
        if (options.Classes.Count < 2 || options.Classes.Distinct(StringComparer.Ordinal).Count() < options.Classes.Count || options.Classes.Any(string.IsNullOrWhiteSpace))
        {
            problems.Add(new Problem("The classes of the masks are not named")
            {
                Where = "data.classes",
                Expected = "at least two different names, in the order of the masks' values: data.classes=[background,disc]",
                Received = $"[{string.Join(", ", options.Classes)}]",
            });
        }

        if (options.Size.Any(s => s is < 1 or > 16_384))
        {
            problems.Add(new Problem("A size is out of bounds") { Where = "data.size", Expected = "numbers from 1 to 16384", Received = $"[{string.Join(", ", options.Size)}]" });
        }

        ProblemList.ThrowIfAny(problems);
    }
}
