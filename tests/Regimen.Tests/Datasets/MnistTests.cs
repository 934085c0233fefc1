using System.Security.Cryptography;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Tests.TestKit;
using Regimen.Transforms;

namespace Regimen.Tests.Datasets;

/// <summary>The included MNIST files and their splits.</summary>
public sealed class MnistTests
{
    private static readonly string Root = Path.Combine(RepositoryRoot(), "data", "mnist");
    private static readonly Lazy<DataSplits> Whole = new(() => Load(new()));

    [Fact]
    public void The_default_options_have_the_expected_values()
        => Assert.Equal(
            new Mnist.Options { Root = "data/mnist", ValidationFraction = 0.2, Limit = null, Mean = 0.1307, Std = 0.3081 }, new Mnist.Options());

    [Fact]
    public void The_files_match_the_checksums_in_the_readme()
    {
        string readme = File.ReadAllText(Path.Combine(Root, "README.md"));
        string[] files = Directory.GetFiles(Root, "*.gz");
        Assert.Equal(4, files.Length);
        Assert.All(
            files,
            file =>
            {
                string sum = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
                Assert.Contains($"{sum}  {Path.GetFileName(file)}", readme, StringComparison.Ordinal);
            });
    }

    [Fact]
    public void The_data_is_split_into_48000_12000_and_10000_images_of_28_by_28()
    {
        DataSplits splits = Whole.Value;
        Assert.Equal((48_000, 12_000, 10_000), (splits.Train.Count, splits.Validation!.Count, splits.Test!.Count));
        Assert.Equal(new SampleShape(1, 28, 28), splits.Train.SampleShape);
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], splits.Train.Classes);
    }

    [Fact]
    public void The_split_contains_every_image_once()
    {
        int[] held = Counts(Whole.Value.Validation!);
        int[] trained = Counts(Whole.Value.Train);
        Assert.Equal([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949], held.Zip(trained, (a, b) => a + b));
        Assert.Equal([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009], Counts(Whole.Value.Test!));
    }

    [Fact]
    public void The_default_mean_and_deviation_are_those_of_the_training_images()
    {
        byte[] pixels = IdxFile.Read(Path.Combine(Root, "train-images-idx3-ubyte.gz")).GetBytes();
        (long sum, long squares) = (0, 0);
        foreach (byte pixel in pixels)
        {
            sum += pixel;
            squares += pixel * pixel;
        }

        double mean = sum / 255.0 / pixels.Length;
        double variance = (squares / 255.0 / 255.0 / pixels.Length) - (mean * mean);
        Assert.Equal((0.1307, 0.3081), (Math.Round(mean, 4), Math.Round(Math.Sqrt(variance), 4)));
    }

    [Fact]
    public void Training_and_evaluation_use_the_normalisation_of_the_options()
    {
        DataSplits splits = Load(new() { Mean = 0.5, Std = 0.25, Limit = 10 });
        Normalize train = Assert.IsType<Normalize>(Assert.Single(splits.TrainTransforms));
        Normalize evaluation = Assert.IsType<Normalize>(Assert.Single(splits.EvalTransforms));
        Assert.Equal((4f, -2f), train.Scale[0]);
        Assert.Equal((4f, -2f), evaluation.Scale[0]);
    }

    [Fact]
    public void A_limit_takes_the_first_samples_before_the_split_and_does_not_limit_the_test_set()
    {
        DataSplits splits = Load(new() { Limit = 10 });
        Assert.Equal((8, 2, 10_000), (splits.Train.Count, splits.Validation!.Count, splits.Test!.Count));
        int[] labels = [.. DatasetContent.Of(splits.Train).Labels, .. DatasetContent.Of(splits.Validation).Labels];
        Assert.Equal([0, 1, 1, 1, 2, 3, 4, 4, 5, 9], labels.Order());
        Assert.Equal(60_000, Load(new() { Limit = 100_000, ValidationFraction = 0 }).Train.Count);
    }

    [Fact]
    public void Without_a_validation_fraction_the_training_set_has_all_samples_in_order()
    {
        DataSplits splits = Load(new() { Limit = 10, ValidationFraction = 0 });
        Assert.Null(splits.Validation);
        Assert.Equal([5, 0, 4, 1, 9, 2, 1, 3, 1, 4], DatasetContent.Of(splits.Train).Labels);
    }

    [Theory]
    [InlineData(2, 0.2, "validation")]
    [InlineData(1, 0.9, "training")]
    public void A_split_without_samples_is_rejected(int limit, double fraction, string part)
    {
        Problem problem = Assert.Single(
            Assert.Throws<RequestException>(() => Load(new() { Limit = limit, ValidationFraction = fraction })).Problems);
        Assert.Contains(part, problem.Message, StringComparison.Ordinal);
        Assert.Contains($"{limit} samples", problem.Received, StringComparison.Ordinal);
    }

    [Fact]
    public void The_split_is_determined_by_the_seed()
    {
        var options = new Mnist.Options { Limit = 100 };
        Assert.Equal(DataFingerprint.Of(Load(options)), DataFingerprint.Of(Load(options)));
        Assert.NotEqual(DataFingerprint.Of(Load(options)), DataFingerprint.Of(Load(options, seed: 43)));
    }

    private static DataSplits Load(Mnist.Options options, ulong seed = 42) => Mnist.Load(options with { Root = Root }, new DatasetContext(seed));

    private static int[] Counts(IDataset set)
    {
        var counts = new int[10];
        using var buffer = new BatchBuffer(set.Fields, 1000);
        foreach (int[] indices in Enumerable.Range(0, set.Count).Chunk(buffer.Capacity))
        {
            set.Gather(indices, ChannelScale.Identity, buffer);
            foreach (long label in buffer.Longs(Field.Target)[..indices.Length])
            {
                counts[label]++;
            }
        }

        return counts;
    }

    private static string RepositoryRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Regimen.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("Regimen.slnx is in no folder above the tests.");
        }

        return folder;
    }
}
