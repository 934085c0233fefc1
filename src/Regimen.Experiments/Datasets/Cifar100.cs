using Regimen.Data;
using Regimen.Downloads;

namespace Regimen.Datasets;

/// <summary>CIFAR-100: colour images of a hundred kinds of objects and animals, 32×32, 50,000 for training and 10,000 for testing
/// (Krizhevsky: "Learning Multiple Layers of Features from Tiny Images", 2009). The classes are the fine labels.</summary>
public static class Cifar100
{
    private static readonly string[] Groups =
    [
        "aquatic_mammals", "fish", "flowers", "food_containers", "fruit_and_vegetables", "household_electrical_devices",
        "household_furniture", "insects", "large_carnivores", "large_man-made_outdoor_things", "large_natural_outdoor_scenes",
        "large_omnivores_and_herbivores", "medium_mammals", "non-insect_invertebrates", "people", "reptiles", "small_mammals", "trees",
        "vehicles_1", "vehicles_2",
    ];

    private static readonly string[] Kinds =
    [
        "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle",
        "bowl", "boy", "bridge", "bus", "butterfly", "camel", "can", "castle", "caterpillar", "cattle",
        "chair", "chimpanzee", "clock", "cloud", "cockroach", "couch", "crab", "crocodile", "cup", "dinosaur",
        "dolphin", "elephant", "flatfish", "forest", "fox", "girl", "hamster", "house", "kangaroo", "keyboard",
        "lamp", "lawn_mower", "leopard", "lion", "lizard", "lobster", "man", "maple_tree", "motorcycle", "mountain",
        "mouse", "mushroom", "oak_tree", "orange", "orchid", "otter", "palm_tree", "pear", "pickup_truck", "pine_tree",
        "plain", "plate", "poppy", "porcupine", "possum", "rabbit", "raccoon", "ray", "road", "rocket",
        "rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper", "snail", "snake", "spider",
        "squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank", "telephone", "television", "tiger", "tractor",
        "train", "trout", "tulip", "turtle", "wardrobe", "whale", "willow_tree", "wolf", "woman", "worm",
    ];

    private static readonly CifarForm Form = new()
    {
        Archive = "cifar-100-binary.tar.gz",
        Folder = "cifar-100-binary",
        Train = ["train.bin"],
        Test = "test.bin",
        ImagesInTrainFile = 50_000,
        ImagesInTest = 10_000,
        LabelNames = [Groups, Kinds],
    };

    /// <summary>The published archive. It does not have to be unpacked.</summary>
    public static IReadOnlyList<PublicFile> PublicFiles { get; } = [new("cifar-100-binary.tar.gz", "03b5dce01913d631647c71ecec9e9cb8")];

    /// <summary>The options of CIFAR-100.</summary>
    public sealed record Options() : CifarOptions("data/cifar100", mean: [0.5071, 0.4865, 0.4409], std: [0.2673, 0.2564, 0.2762]);

    /// <summary>CIFAR-100: 60,000 colour images of 32×32 in a hundred classes (the binary version, fine labels).</summary>
    /// <exception cref="RequestException">A file is missing or damaged, or a split would be empty.</exception>
    [Dataset("cifar100")]
    public static DataSplits Load(Options options, DatasetContext context) => CifarFiles.Load(options, Form, PublicFiles, context);
}
