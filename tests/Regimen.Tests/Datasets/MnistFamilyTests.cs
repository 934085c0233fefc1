using Regimen.Data;
using Regimen.Datasets;
using Regimen.Tests.TestKit;
using Regimen.Transforms;

namespace Regimen.Tests.Datasets;

/// <summary>The data sets in MNIST's format.</summary>
public sealed class MnistFamilyTests : IDisposable
{
    private const string DebianFolder = "/usr/share/datasets/fashion-mnist";
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string[], double, double> Sets => new()
    {
        {
            "fashion_mnist",
            ["t_shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle_boot"],
            0.2860, 0.3530
        },
        { "kmnist", ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"], 0.1918, 0.3483 },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Sets))]
    public void Each_data_set_has_its_own_classes_and_normalisation(string name, string[] classes, double mean, double std)
    {
        TinyMnist.Write(_folder, ".");
        DataSplits splits = Load(name, _folder.FullPath);
        Assert.Equal(classes, splits.Train.Classes);
        Normalize normalize = Assert.IsType<Normalize>(Assert.Single(splits.TrainTransforms));
        Assert.Equal(((float)(1 / std), (float)(-mean / std)), normalize.Scale[0]);
        Assert.Equal((TinyMnist.Train, TinyMnist.Test), (splits.Train.Count + splits.Validation!.Count, splits.Test!.Count));
    }

    [Theory]
    [InlineData("fashion_mnist", "/usr/share/datasets/fashion-mnist")]
    [InlineData("kmnist", "https://github.com/rois-codh/kmnist")]
    public void Missing_files_are_reported_with_their_source(string name, string place)
    {
        Problem[] problems = [.. Assert.Throws<RequestException>(() => Load(name, _folder.FullPath)).Problems];
        Assert.Equal(4, problems.Length);
        Assert.All(problems, p => Assert.Contains(place, p.Hint, StringComparison.Ordinal));
    }

    [Fact]
    public void Fashion_mnist_is_read_from_the_Debian_package()
    {
        Assert.SkipUnless(Directory.Exists(DebianFolder), "The Debian package dataset-fashion-mnist is not installed.");
        DataSplits splits = Load("fashion_mnist", DebianFolder);
        Assert.Equal((48_000, 12_000, 10_000), (splits.Train.Count, splits.Validation!.Count, splits.Test!.Count));
        double[] pixels = [.. IdxFile.Read(Path.Combine(DebianFolder, "train-images-idx3-ubyte.gz")).GetBytes().Select(p => p / 255.0)];
        double mean = pixels.Average();
        Assert.Equal((0.2860, 0.3530), (Math.Round(mean, 4), Math.Round(Math.Sqrt(pixels.Average(p => (p - mean) * (p - mean))), 4)));
    }

    [Fact]
    public void A_damaged_file_is_rejected_with_its_location_or_read_unchanged()
    {
        TinyMnist.Write(_folder, ".");
        string file = _folder["train-images-idx3-ubyte"];
        byte[] original = IdxBytes.Of(0x08, [5, 4, 4], [.. Enumerable.Range(0, 80).Select(i => (byte)i)]);
        foreach ((int number, byte[] bytes) in Mutations.Of(original))
        {
            File.WriteAllBytes(file, bytes);
            try
            {
                // The file has no checksum. If its length and shape are consistent, changed values are read as they are.
                Assert.True(IdxFile.Read(file).GetBytes().AsSpan().EndsWith(bytes.AsSpan(Math.Min(bytes.Length, 16))), $"mutation {number}");
            }
            catch (RequestException refusal)
            {
                Assert.StartsWith(file, Assert.Single(refusal.Problems).Where, StringComparison.Ordinal);
            }
        }
    }

    private static DataSplits Load(string name, string root) => name == "kmnist"
        ? Kmnist.Load(new() { Root = root }, new DatasetContext(42))
        : FashionMnist.Load(new() { Root = root }, new DatasetContext(42));
}
