using System.ComponentModel.DataAnnotations;

namespace Regimen.Datasets;

/// <summary>What CIFAR-10 and CIFAR-100 can be told.</summary>
public abstract record CifarOptions : ImageSetOptions
{
    /// <summary>With a folder, and each channel's mean and standard deviation over the training pixels.</summary>
    protected CifarOptions(string root, IReadOnlyList<double> mean, IReadOnlyList<double> std)
        : base(root, "https://www.cs.toronto.edu/~kriz/")
    {
        Mean = mean;
        Std = std;
    }

    /// <summary>What is taken from a pixel (0 to 1): red, green, blue, or one for all; by default the means of the training
    /// pixels.</summary>
    [Length(1, 3)]
    public IReadOnlyList<double> Mean { get; init; }

    /// <summary>What a pixel is then divided by: as many values above 0; by default the standard deviations of the training
    /// pixels.</summary>
    [Length(1, 3)]
    public IReadOnlyList<double> Std { get; init; }
}
