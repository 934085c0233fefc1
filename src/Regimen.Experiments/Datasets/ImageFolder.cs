using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Imaging;
using Regimen.Transforms;

namespace Regimen.Datasets;

/// <summary>A folder of images, a folder a class: the layout of torchvision's ImageFolder.</summary>
public static class ImageFolder
{
    /// <summary>Where the images are, and what is made of them.</summary>
    public sealed record Options
    {
        /// <summary>The folder: of one folder a class, or of <c>train</c> and, where there are, <c>val</c> and <c>test</c>, each with one
        /// folder a class. Classes and files are taken in ordinal order of their names.</summary>
        [MinLength(1)]
        public string Root { get; init; } = "data/images";

        /// <summary>The part of the training images that is held out for validation, where there is no <c>val</c> folder; 0 for none.</summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double ValidationFraction { get; init; } = 0.2;

        /// <summary>The part of the training images that is held out for the test, where there is no <c>test</c> folder; 0 for none.</summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double TestFraction { get; init; }

        /// <summary>Whether what is held out has each class in its share; each class keeps at least one sample to train on.</summary>
        [LegacyDefault("false")]
        public bool Stratify { get; init; } = true;

        /// <summary>Only so many training images, taken from the classes in turn, before the split; null for all.</summary>
        [Range(1, int.MaxValue)]
        public int? Limit { get; init; }

        /// <summary>1 for grey, 3 for red, green and blue, to which every image is converted; null for what the files hold, which must then
        /// be the same in all.</summary>
        [AllowedValues(null, 1, 3)]
        public int? Channels { get; init; }

        /// <summary>The size that every image is brought to: one number for a square, two for height and width; none where all images have
        /// one size.</summary>
        [Length(0, 2)]
        public IReadOnlyList<int> Size { get; init; } = [];

        /// <summary>How an image of another size is brought to it.</summary>
        public ImageFit Fit { get; init; } = ImageFit.Crop;

        /// <summary>Whether images are turned as the camera's orientation (EXIF) says; else they are as stored.</summary>
        public bool ApplyOrientation { get; init; }

        /// <summary>Where all images, decoded to a byte a value, need at most so many MiB, they are decoded once, at the start; else by the
        /// loader's workers each time. The batches are the same.</summary>
        [Range(0, 1_048_576)]
        public int MemoryMb { get; init; } = 1024;

        /// <summary>What is taken from a pixel (0 to 1): one for all channels or one a channel; none to leave pixels as they are.</summary>
        [Length(0, 3)]
        public IReadOnlyList<double> Mean { get; init; } = [];

        /// <summary>What a pixel is then divided by: as many values above 0.</summary>
        [Length(0, 3)]
        public IReadOnlyList<double> Std { get; init; } = [];
    }

    /// <summary>Images of your own, a folder a class: PNG, JPEG, BMP or WebP.</summary>
    /// <exception cref="RequestException">The folder is laid out in another way, an image can't be read or does not fit the others, or a
    /// part would be empty. All that is wrong is told at once.</exception>
    [Dataset("image_folder")]
    public static DataSplits Load(Options options, DatasetContext context)
    {
        OptionsCheck.ThrowUnlessValid(options);
        CheckSize(options.Size);
        ImageFolderLayout layout = ImageFolderLayout.Scan(options.Root);
        (IReadOnlyList<ImageFiles> parts, ImageSummary summary) = ImageFilesReader.Read(layout, options, context.Look);
        IReadOnlyList<ITransform> normalize = Normalisation(options, parts[0].SampleShape.Channels);
        ImageFiles? validation = parts.FirstOrDefault(p => p.Part == ImageFolderLayout.Validation);
        ImageFiles? test = parts.FirstOrDefault(p => p.Part == ImageFolderLayout.Test);
        var heldOut = new HeldOutShares(options.ValidationFraction, options.TestFraction, options.Stratify);
        IDataset train = FromClassesInTurn(parts[0], options.Limit);
        DataSplits splits = validation is not null && (test is not null || options.TestFraction == 0)
            ? new DataSplits { Train = train, Validation = validation, Test = test, TrainTransforms = normalize, EvalTransforms = normalize }
            : TrainTest.Split(train, validation, test, heldOut, normalize, context.Seed);
        return splits with { Images = summary };
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

    private static IReadOnlyList<ITransform> Normalisation(Options options, int channels)
    {
        (IReadOnlyList<double> mean, IReadOnlyList<double> std) = (options.Mean, options.Std);
        bool fits = mean.Count == std.Count && (mean.Count is 0 or 1 || mean.Count == channels) && std.All(s => double.IsFinite(s) && s > 0);
        return !fits
            ? throw new RequestException(new Problem("Means and deviations do not fit the images")
            {
                Where = "data.mean and data.std",
                Expected = $"as many of each: none, one, or one for each of the {channels} channels; deviations above 0",
                Received = FormattableString.Invariant($"[{string.Join(", ", mean)}] and [{string.Join(", ", std)}]"),
            })
            : mean.Count == 0 ? [] : [new Normalize(mean, std)];
    }

    /// <summary>As the images of a class lie together, the first so many would be of one class only.</summary>
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
