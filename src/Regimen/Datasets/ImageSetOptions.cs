using System.ComponentModel.DataAnnotations;

namespace Regimen.Datasets;

/// <summary>What every set of images that comes as a training and a test part can be told.</summary>
public abstract record ImageSetOptions
{
    /// <summary>With the folder that is looked into where nothing else is said.</summary>
    protected ImageSetOptions(string root) => Root = root;

    /// <summary>The folder with the files.</summary>
    [MinLength(1)]
    public string Root { get; init; }

    /// <summary>The part of the training samples that is held out for validation; 0 for none.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double ValidationFraction { get; init; } = 0.2;

    /// <summary>Only the first so many training samples, before the split; null for all. The test set stays whole.</summary>
    [Range(1, int.MaxValue)]
    public int? Limit { get; init; }
}

/// <summary>What a set of grey images in four idx files can be told.</summary>
public abstract record IdxOptions : ImageSetOptions
{
    /// <summary>With a folder, and the mean and the standard deviation of the training pixels.</summary>
    protected IdxOptions(string root, double mean, double std)
        : base(root)
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
