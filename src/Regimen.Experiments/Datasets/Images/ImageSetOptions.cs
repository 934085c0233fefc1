using System.ComponentModel.DataAnnotations;

namespace Regimen.Datasets;

/// <summary>The common options of image data sets with a training and a test set.</summary>
public abstract record ImageSetOptions
{
    /// <summary>Creates options with a default folder and the publishers' URL.</summary>
    protected ImageSetOptions(string root, string url) => (Root, Url) = (root, url);

    /// <summary>The folder with the files.</summary>
    [MinLength(1)]
    public string Root { get; init; }

    /// <summary>Whether to download missing files. Nothing is downloaded without this option.</summary>
    public bool Download { get; init; }

    /// <summary>The URL of the folder to download files from. The default is the publishers' URL.</summary>
    [MinLength(1)]
    public string Url { get; init; }

    /// <summary>The fraction of the training samples held out for validation; 0 for none.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double ValidationFraction { get; init; } = 0.2;

    /// <summary>Whether to stratify the split: each class has the same share in every split, and at least one training sample.</summary>
    [LegacyDefault("false")]
    public bool Stratify { get; init; } = true;

    /// <summary>The file with the group of each training sample, relative to data.root: an npy array, or a text with a name on each line. A group is
    /// never in two splits. Null for no groups.</summary>
    [MinLength(1)]
    public string? Groups { get; init; }

    /// <summary>The number of folds of a cross-validation, of which data.fold is the test set; null for none. regimen cv trains every fold.</summary>
    [Range(2, 10_000)]
    public int? Folds { get; init; }

    /// <summary>The fold that is the test set, from 1.</summary>
    [Range(1, 10_000)]
    public int Fold { get; init; } = 1;

    /// <summary>The repeat of the cross-validation, from 1: each divides the data into other folds.</summary>
    [Range(1, 10_000)]
    public int Repeat { get; init; } = 1;

    /// <summary>The maximum number of training samples, taken from the start before the split; null for all. The test set is not
    /// limited.</summary>
    [Range(1, int.MaxValue)]
    public int? Limit { get; init; }

    /// <summary>Returns how the training samples are split.</summary>
    /// <param name="root">The folder that files are relative to.</param>
    /// <param name="samples">The number of training samples in the files.</param>
    /// <exception cref="RequestException">The file of groups can't be read, or there is no such fold.</exception>
    internal SplitRequest Split(string root, int samples) => new(ValidationFraction, Test: 0, Stratify)
    {
        Fold = FoldChoice.Of(Folds, Fold, Repeat),
        Groups = Groups is { } file ? GroupFile.Read(root, file, samples) : null,
        GroupKey = GroupFile.Key,
    };
}

/// <summary>The common options of greyscale image data sets in four idx files.</summary>
public abstract record IdxOptions : ImageSetOptions
{
    /// <summary>Creates options with a default folder, a URL, and the default mean and standard deviation.</summary>
    protected IdxOptions(string root, string url, double mean, double std)
        : base(root, url)
    {
        Mean = mean;
        Std = std;
    }

    /// <summary>The mean subtracted from pixels (0 to 1). The default is the mean of the training pixels as published; <c>auto</c> (null) measures it over
    /// the training images of this run.</summary>
    [Range(0.0, 1.0)]
    [NullIs("auto")]
    public double? Mean { get; init; }

    /// <summary>The standard deviation that pixels are divided by. The default is that of the training pixels as published; <c>auto</c> (null)
    /// measures it.</summary>
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    [NullIs("auto")]
    public double? Std { get; init; }
}
