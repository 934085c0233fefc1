using Regimen.Data;
using Regimen.Downloads;

namespace Regimen.Datasets;

/// <summary>MNIST: greyscale images of handwritten digits, 28×28, 60,000 for training and 10,000 for testing (LeCun, Cortes, Burges: "The
/// MNIST database of handwritten digits").</summary>
public static class Mnist
{
    private static readonly string[] Digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    /// <summary>The published files with their checksums. The files included with Regimen have the same content, recompressed.</summary>
    public static IReadOnlyList<PublicFile> PublicFiles { get; } =
    [
        new("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
        new("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432"),
        new("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3"),
        new("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c"),
    ];

    /// <summary>The options of MNIST.</summary>
    public sealed record Options() : IdxOptions("data/mnist", "https://ossci-datasets.s3.amazonaws.com/mnist/", mean: 0.1307, std: 0.3081);

    /// <summary>MNIST: 70,000 greyscale images of handwritten digits, 28×28, in ten classes. Included with Regimen.</summary>
    /// <exception cref="RequestException">A file is missing or damaged, or a split would be empty.</exception>
    [Dataset("mnist")]
    public static DataSplits Load(Options options, DatasetContext context)
        => IdxImages.Load(
            options, Digits, PublicFiles, "Run from the project's root, put the four files there, or set data.root=FOLDER.", context);
}
