using Regimen.Catalog;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>MNIST: grey images of handwritten digits, 28×28, 60,000 to train on and 10,000 to test on (LeCun, Cortes, Burges: "The
/// MNIST database of handwritten digits").</summary>
public static class Mnist
{
    private static readonly string[] Digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    /// <summary>Where the files are, and what is made of them.</summary>
    public sealed record Options() : IdxOptions("data/mnist", mean: 0.1307, std: 0.3081);

    /// <summary>MNIST: 70,000 handwritten digits, grey images of 28×28 in ten classes; it comes with Regimen.</summary>
    /// <exception cref="RequestException">A file is missing or damaged, or a part would be empty.</exception>
    [Dataset("mnist")]
    public static DataSplits Load(Options options, DatasetContext context)
        => IdxImages.Load(options, Digits, "Run from the project's root, put the four files there, or set data.root=FOLDER.", context);
}
