using System.ComponentModel.DataAnnotations;

namespace Regimen.Datasets;

/// <summary>The common options of CIFAR-10 and CIFAR-100.</summary>
public abstract record CifarOptions : ImageSetOptions
{
    /// <summary>Creates options with a default folder and the default mean and standard deviation of each channel.</summary>
    protected CifarOptions(string root, IReadOnlyList<double> mean, IReadOnlyList<double> std)
        : base(root, "https://www.cs.toronto.edu/~kriz/")
    {
        Mean = mean;
        Std = std;
    }

    /// <summary>The mean subtracted from pixels (0 to 1): red, green and blue, or one for all. The default is the mean of the training
    /// pixels as published; <c>auto</c> (null) measures it over the training images of this run.</summary>
    [Length(1, 3)]
    [NullIs("auto")]
    public IReadOnlyList<double>? Mean { get; init; }

    /// <summary>The standard deviation that pixels are divided by: as many values as in mean, each above 0. The default is that of the
    /// training pixels as published; <c>auto</c> (null) measures it.</summary>
    [Length(1, 3)]
    [NullIs("auto")]
    public IReadOnlyList<double>? Std { get; init; }
}
