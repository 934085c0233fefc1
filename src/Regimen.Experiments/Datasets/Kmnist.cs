using Regimen.Data;
using Regimen.Downloads;

namespace Regimen.Datasets;

/// <summary>Kuzushiji-MNIST: greyscale images of cursive hiragana, 28×28, in MNIST's format (Clanuwat and others: "Deep Learning for Classical
/// Japanese Literature", 2018).</summary>
public static class Kmnist
{
    private static readonly string[] Hiragana = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"];

    /// <summary>The published files with their published checksums.</summary>
    public static IReadOnlyList<PublicFile> PublicFiles { get; } =
    [
        new("train-images-idx3-ubyte.gz", "bdb82020997e1d708af4cf47b453dcf7"),
        new("train-labels-idx1-ubyte.gz", "e144d726b3acfaa3e44228e80efcd344"),
        new("t10k-images-idx3-ubyte.gz", "5c965bf0a639b31b8f53240b1b52f4d7"),
        new("t10k-labels-idx1-ubyte.gz", "7320c461ea6c1c855c0b718fb2a4b134"),
    ];

    /// <summary>The options of Kuzushiji-MNIST.</summary>
    public sealed record Options() : IdxOptions("data/kmnist", "http://codh.rois.ac.jp/kmnist/dataset/kmnist/", mean: 0.1918, std: 0.3483);

    /// <summary>Kuzushiji-MNIST: 70,000 greyscale images of cursive hiragana, 28×28, in ten classes.</summary>
    /// <exception cref="RequestException">A file is missing or damaged, or a split would be empty.</exception>
    [Dataset("kmnist")]
    public static DataSplits Load(Options options, DatasetContext context)
        => IdxImages.Load(
            options, Hiragana, PublicFiles, "Put the four files from https://github.com/rois-codh/kmnist there, or set data.root=FOLDER.", context);
}
