using System.ComponentModel.DataAnnotations;
using Regimen.Imaging;

namespace Regimen.Datasets;

/// <summary>The common options of data sets of encoded images: how they are split, decoded, fitted to one size and normalised.</summary>
public abstract record EncodedImageOptions
{
    /// <summary>The fraction of the training images held out for validation if no images for validation are given; 0 for
    /// none.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double ValidationFraction { get; init; } = 0.2;

    /// <summary>The fraction of the training images held out for testing if no images for testing are given; 0 for none.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double TestFraction { get; init; }

    /// <summary>Whether to stratify the split: each class has the same share in every split, and at least one training sample.</summary>
    [LegacyDefault("false")]
    public bool Stratify { get; init; } = true;

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

    /// <summary>The number of channels that images are converted to: 1 for greyscale, 3 for RGB; null for the channels of the images,
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
