using Regimen.Data;
using Regimen.Downloads;

namespace Regimen.Datasets;

/// <summary>CIFAR-10: colour images of objects and animals, 32×32, 50,000 for training and 10,000 for testing (Krizhevsky: "Learning
/// Multiple Layers of Features from Tiny Images", 2009).</summary>
public static class Cifar10
{
    private static readonly string[] Things =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    private static readonly CifarForm Form = new()
    {
        Archive = "cifar-10-binary.tar.gz",
        Folder = "cifar-10-batches-bin",
        Train = ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"],
        Test = "test_batch.bin",
        ImagesInTrainFile = 10_000,
        ImagesInTest = 10_000,
        LabelNames = [Things],
    };

    /// <summary>The published archive. It does not have to be unpacked.</summary>
    public static IReadOnlyList<PublicFile> PublicFiles { get; } = [new("cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530")];

    /// <summary>The options of CIFAR-10.</summary>
    public sealed record Options() : CifarOptions("data/cifar10", mean: [0.4914, 0.4822, 0.4465], std: [0.2470, 0.2435, 0.2616]);

    /// <summary>CIFAR-10: 60,000 colour images of 32×32 in ten classes (the binary version).</summary>
    /// <exception cref="RequestException">A file is missing or damaged, or a split would be empty.</exception>
    [Dataset("cifar10")]
    public static DataSplits Load(Options options, DatasetContext context) => CifarFiles.Load(options, Form, PublicFiles, context);
}
