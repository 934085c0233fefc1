using System.ComponentModel.DataAnnotations;
using Regimen.Catalog;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>MNIST: grey images of handwritten digits, 28×28, 60,000 to train on and 10,000 to test on (LeCun, Cortes, Burges: "The
/// MNIST database of handwritten digits").</summary>
public static class Mnist
{
    private static readonly string[] Digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    /// <summary>Where the files are, and what is made of them.</summary>
    public sealed record Options
    {
        /// <summary>The folder with the four files.</summary>
        [MinLength(1)]
        public string Root { get; init; } = "data/mnist";

        /// <summary>The part of the training samples that is held out for validation; 0 for none.</summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double ValidationFraction { get; init; } = 0.2;

        /// <summary>Only the first so many training samples, before the split; null for all. The test set stays whole.</summary>
        [Range(1, int.MaxValue)]
        public int? Limit { get; init; }

        /// <summary>What is taken from a pixel (0 to 1); by default the mean of the training pixels.</summary>
        [Range(0.0, 1.0)]
        public double Mean { get; init; } = 0.1307;

        /// <summary>What a pixel is then divided by; by default the standard deviation of the training pixels.</summary>
        [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
        public double Std { get; init; } = 0.3081;
    }

    /// <summary>MNIST: 70,000 handwritten digits, grey images of 28×28 in ten classes; it comes with Regimen.</summary>
    /// <exception cref="RequestException">A file is missing or damaged, or a part would be empty.</exception>
    [Dataset("mnist")]
    public static DataSplits Load(Options options, DatasetContext context)
    {
        (ImageDataset train, ImageDataset test) = IdxImages.Read(options.Root, Digits);
        return IdxImages.Split(train, test, options.Limit, options.ValidationFraction, new Normalize(options.Mean, options.Std), context.Seed);
    }
}
