using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Imaging;

namespace Regimen.Datasets;

/// <summary>A folder of images with one subfolder per class, the layout of torchvision's ImageFolder.</summary>
public static class ImageFolder
{
    /// <summary>The options of an image folder.</summary>
    public sealed record Options
    {
        /// <summary>The folder. It contains one subfolder per class, or <c>train</c> and optionally <c>val</c> and <c>test</c>, each with
        /// one subfolder per class. Classes and files are sorted by name in ordinal order.</summary>
        [MinLength(1)]
        public string Root { get; init; } = "data/images";

        /// <summary>The column of each image's class in <c>metadata.csv</c> or <c>metadata.jsonl</c>, which lists the images of its folder by
        /// <c>file_name</c> (Hugging Face's imagefolder); null where each subfolder is a class.</summary>
        [MinLength(1)]
        public string? Label { get; init; }

        /// <summary>The fraction of the training images held out for validation if there is no <c>val</c> folder; 0 for none.</summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double ValidationFraction { get; init; } = 0.2;

        /// <summary>The fraction of the training images held out for testing if there is no <c>test</c> folder; 0 for none.</summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double TestFraction { get; init; }

        /// <summary>Whether to stratify the split: each class has the same share in every split, and at least one training sample.</summary>
        [LegacyDefault("false")]
        public bool Stratify { get; init; } = true;

        /// <summary>A regular expression that finds the name of an image's group in its path below data.root: the first parenthesis, or all that it
        /// matches. A group is never in two splits. Null for no groups.</summary>
        [MinLength(1)]
        public string? Group { get; init; }

        /// <summary>The number of folds of a cross-validation, of which data.fold is the test set; null for none. regimen cv trains every fold.</summary>
        [Range(2, 10_000)]
        public int? Folds { get; init; }

        /// <summary>The fold that is the test set, from 1.</summary>
        [Range(1, 10_000)]
        public int Fold { get; init; } = 1;

        /// <summary>The repeat of the cross-validation, from 1: each divides the data into other folds.</summary>
        [Range(1, 10_000)]
        public int Repeat { get; init; } = 1;

        /// <summary>The maximum number of training images, taken from the classes in turn before the split; null for all.</summary>
        [Range(1, int.MaxValue)]
        public int? Limit { get; init; }

        /// <summary>The number of channels that images are converted to: 1 for greyscale, 3 for RGB; null for the channels of the files,
        /// which must all be equal.</summary>
        [AllowedValues(null, 1, 3)]
        public int? Channels { get; init; }

        /// <summary>The size that images are resized to: one number for a square, two for height and width; empty if all images have the
        /// same size.</summary>
        [Length(0, 2)]
        public IReadOnlyList<int> Size { get; init; } = [];

        /// <summary>How images are fitted to the size.</summary>
        public ImageFit Fit { get; init; } = ImageFit.Crop;

        /// <summary>Whether to apply the EXIF orientation. Otherwise images are used as stored.</summary>
        public bool ApplyOrientation { get; init; }

        /// <summary>The memory limit for decoded images in MiB. If all images fit, at one byte per value, they are decoded once at the start;
        /// otherwise the loader's workers decode them in every epoch. The batches are the same.</summary>
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

    /// <summary>A folder of images with one subfolder per class: PNG, JPEG, BMP or WebP.</summary>
    /// <exception cref="RequestException">The folder has another layout, an image can't be read or does not match the others, or a split
    /// would be empty. All problems are reported together.</exception>
    [Dataset("image_folder")]
    public static DataSplits Load(Options options, DatasetContext context)
    {
        OptionsCheck.ThrowUnlessValid(options);
        CheckSize(options.Size);
        ImageFolderLayout layout = options.Label is { } label ? ListedLayout.Scan(options.Root, label) : ImageFolderLayout.Scan(options.Root);
        (IReadOnlyList<ImageFiles> parts, ImageSummary summary) = ImageFilesReader.Read(layout, options, context.Look);
        RefuseWrongScale(options, parts[0].SampleShape.Channels);
        ImageFiles? validation = parts.FirstOrDefault(p => p.Part == ImageFolderLayout.Validation);
        ImageFiles? test = parts.FirstOrDefault(p => p.Part == ImageFolderLayout.Test);
        IDataset train = FromClassesInTurn(parts[0], options.Limit);
        var heldOut = new SplitRequest(options.ValidationFraction, options.TestFraction, options.Stratify)
        {
            Fold = FoldChoice.Of(options.Folds, options.Fold, options.Repeat),
            Groups = options.Group is { } pattern ? PathGroups.Of(train, options.Root, pattern) : null,
        };
        DataSplits splits = heldOut.Fold is null && validation is not null && (test is not null || options.TestFraction == 0)
            ? new DataSplits { Train = train, Validation = validation, Test = test }
            : TrainTest.Split(train, validation, test, heldOut, [], context.Seed);
        return MeasuredPixels.Normalize(splits, options.Mean, options.Std, context.CancellationToken) with { Images = summary };
    }

    private static void CheckSize(IReadOnlyList<int> size)
    {
        if (size.Any(s => s is < 1 or > 16_384))
        {
            throw new RequestException(new Problem("A size is out of bounds")
            {
                Where = "data.size",
                Expected = "numbers from 1 to 16384",
                Received = $"[{string.Join(", ", size)}]",
            });
        }
    }

    private static void RefuseWrongScale(Options options, int channels)
    {
        if (options is not { Mean: { } mean, Std: { } std })
        {
            return;
        }

        bool fits = mean.Count == std.Count && (mean.Count is 0 or 1 || mean.Count == channels) && std.All(s => double.IsFinite(s) && s > 0);
        if (!fits)
        {
            throw new RequestException(new Problem("The means and standard deviations do not match the images")
            {
                Where = "data.mean and data.std",
                Expected = $"the same number of each: none, one, or one for each of the {channels} channels; deviations above 0",
                Received = FormattableString.Invariant($"[{string.Join(", ", mean)}] and [{string.Join(", ", std)}]"),
            });
        }
    }

    /// <summary>Takes images from the classes in turn. Images are sorted by class, so the first ones all belong to one class.</summary>
    private static IDataset FromClassesInTurn(ImageFiles all, int? limit)
    {
        if (limit is not { } count || count >= all.Count)
        {
            return all;
        }

        IEnumerable<int> inTurn = Enumerable.Range(0, all.Count)
            .GroupBy(i => all.Labels[i])
            .SelectMany(samples => samples.Select((index, place) => (index, place)))
            .OrderBy(s => s.place).ThenBy(s => s.index)
            .Select(s => s.index);
        return new Subset(all, [.. inTurn.Take(count).Order()]);
    }
}
