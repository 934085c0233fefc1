using Regimen.Data;
using Regimen.Downloads;

namespace Regimen.Datasets;

/// <summary>Fashion-MNIST: greyscale images of clothes, 28×28, in MNIST's format (Xiao, Rasul, Vollgraf: "Fashion-MNIST: a Novel Image Dataset
/// for Benchmarking Machine Learning Algorithms", 2017).</summary>
public static class FashionMnist
{
    private static readonly string[] Clothes =
        ["t_shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle_boot"];

    /// <summary>The published files with their published checksums.</summary>
    public static IReadOnlyList<PublicFile> PublicFiles { get; } =
    [
        new("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        new("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
        new("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"),
        new("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
    ];

    /// <summary>The options of Fashion-MNIST.</summary>
    public sealed record Options() : IdxOptions("data/fashion_mnist", "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/", mean: 0.2860, std: 0.3530);

    /// <summary>Fashion-MNIST: 70,000 greyscale images of clothes, 28×28, in ten classes.</summary>
    /// <exception cref="RequestException">A file is missing or damaged, or a split would be empty.</exception>
    [Dataset("fashion_mnist")]
    public static DataSplits Load(Options options, DatasetContext context) => IdxImages.Load(
        options,
        Clothes,
        PublicFiles,
        "Put the four files from https://github.com/zalandoresearch/fashion-mnist there, or install Debian's package dataset-fashion-mnist "
        + "and set data.root=/usr/share/datasets/fashion-mnist.",
        context);
}
