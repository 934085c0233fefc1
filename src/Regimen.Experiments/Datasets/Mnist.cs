using Regimen.Data;
using Regimen.Downloads;

namespace Regimen.Datasets;

/// <summary>MNIST: grey images of handwritten digits, 28×28, 60,000 to train on and 10,000 to test on (LeCun, Cortes, Burges: "The
/// MNIST database of handwritten digits").</summary>
public static class Mnist
{
    private static readonly string[] Digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    /// <summary>The files as their publishers packed them; those that come with Regimen hold the same, packed tighter.</summary>
    public static IReadOnlyList<PublicFile> PublicFiles { get; } =
    [
        new("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
        new("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432"),
        new("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3"),
        new("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c"),
    ];

    /// <summary>Where the files are, and what is made of them.</summary>
    public sealed record Options() : IdxOptions("data/mnist", "https://ossci-datasets.s3.amazonaws.com/mnist/", mean: 0.1307, std: 0.3081);

    /// <summary>MNIST: 70,000 handwritten digits, grey images of 28×28 in ten classes; it comes with Regimen.</summary>
    /// <exception cref="RequestException">A file is missing or damaged, or a part would be empty.</exception>
    [Dataset("mnist")]
    public static DataSplits Load(Options options, DatasetContext context)
        => IdxImages.Load(
            options, Digits, PublicFiles, "Run from the project's root, put the four files there, or set data.root=FOLDER.", context);
}
