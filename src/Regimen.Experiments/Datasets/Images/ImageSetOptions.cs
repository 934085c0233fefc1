using System.ComponentModel.DataAnnotations;

namespace Regimen.Datasets;

/// <summary>What every set of images that comes as a training and a test part can be told.</summary>
public abstract record ImageSetOptions
{
    /// <summary>With the folder that is looked into where nothing else is said, and the publishers' address.</summary>
    protected ImageSetOptions(string root, string url) => (Root, Url) = (root, url);

    /// <summary>The folder with the files.</summary>
    [MinLength(1)]
    public string Root { get; init; }

    /// <summary>Whether files that are not there are fetched; nothing is ever fetched without this.</summary>
    public bool Download { get; init; }

    /// <summary>The folder on a server that files are fetched from; by default the publishers' own.</summary>
    [MinLength(1)]
    public string Url { get; init; }

    /// <summary>The part of the training samples that is held out for validation; 0 for none.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double ValidationFraction { get; init; } = 0.2;

    /// <summary>Whether what is held out has each class in its share; each class keeps at least one sample to train on.</summary>
    [LegacyDefault("false")]
    public bool Stratify { get; init; } = true;

    /// <summary>Only the first so many training samples, before the split; null for all. The test set stays whole.</summary>
    [Range(1, int.MaxValue)]
    public int? Limit { get; init; }
}

/// <summary>What a set of grey images in four idx files can be told.</summary>
public abstract record IdxOptions : ImageSetOptions
{
    /// <summary>With a folder, an address, and the mean and the standard deviation of the training pixels.</summary>
    protected IdxOptions(string root, string url, double mean, double std)
        : base(root, url)
    {
        Mean = mean;
        Std = std;
    }

    /// <summary>What is taken from a pixel (0 to 1); by default the mean of the training pixels.</summary>
    [Range(0.0, 1.0)]
    public double Mean { get; init; }

    /// <summary>What a pixel is then divided by; by default the standard deviation of the training pixels.</summary>
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double Std { get; init; }
}
