using Regimen.Data;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Reproducibility;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using Regimen.Transforms;

namespace Regimen.Tests.Transforms;

/// <summary>Tests transforms applied one after the other, by the loader and from a config.</summary>
public sealed class TransformChainTests
{
    private static readonly ITransform[] All =
    [
        new RandomCrop { Padding = 2 }, new HorizontalFlip(), new RandomAffine(), new RandomErasing(), new Resize { Size = [9] },
        new CenterCrop { Size = [8, 7] }, new Normalize([0.1, 0.2], [0.3, 0.4]),
    ];

    [Fact]
    public void Transforms_are_a_function_of_seed_epoch_and_sample()
    {
        ImageDataset images = TinyData.Images(40, new SampleShape(2, 8, 8));
        float[] expected = Read(images, workers: 0, batchSize: 40, seed: 1, epoch: 3);
        foreach ((int workers, int batchSize) in (ReadOnlySpan<(int, int)>)[(0, 7), (1, 7), (3, 5)])
        {
            Assert.Equal(expected, Read(images, workers, batchSize, seed: 1, epoch: 3));
        }

        Assert.NotEqual(expected, Read(images, workers: 0, batchSize: 40, seed: 1, epoch: 4));
        Assert.NotEqual(expected, Read(images, workers: 0, batchSize: 40, seed: 2, epoch: 3));

        // Applied manually: all transforms draw from one stream, one after the other.
        RandomStream random = RandomStream.For(1, RandomPurpose.Augmentation, 3, 0);
        using var raw = new BatchBuffer(images.Fields, 1);
        images.Gather([0], ChannelScale.Identity, raw);
        (float[] sample, SampleShape shape) = (raw.Floats(Field.Input).ToArray(), images.SampleShape);
        foreach (ITransform transform in All)
        {
            float[] next = new float[transform.Transformed(shape).Elements];
            transform.Apply(sample, next, shape, ref random);
            (sample, shape) = (next, transform.Transformed(shape));
        }

        Assert.Equal(sample, expected[..sample.Length]);
    }

    [Theory]
    [InlineData("transforms.train=[{name: random_crop, size: [40]}]", "transforms.train[0]", "needs a larger image")]
    [InlineData("transforms.train=[{name: resize, size: [20]}]", "transforms", "different shapes")]
    [InlineData("transforms.eval=[horizontal_flip]", "transforms.eval[0]", "Random transforms are not allowed")]
    [InlineData("transforms.train=[{name: normalize, mean: [0.1], std: [1]}]", "transforms.train[0]", "normalised twice")]
    [InlineData("transforms.train=[center_crop]", "transforms.train", "size")]
    public void Invalid_transforms_are_refused_before_the_first_step(string key, string place, string message)
    {
        using var project = new ProjectFolder();
        CommandOutput output = project.Train(key).Ends(2);
        Assert.Contains(place, output.Error, StringComparison.Ordinal);
        Assert.Contains(message, output.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(project.Runs));
    }

    [Theory]
    [InlineData("[0.1, 0.2, 0.3]", "[1, 1, 1]")]
    [InlineData("[0.1]", "[0]")]
    [InlineData("[0.1]", "[1, 2]")]
    public void Normalisation_for_another_number_of_channels_is_refused(string mean, string std)
    {
        using var project = new ProjectFolder();
        project.Folder.Write("images/a/1.png", ImageBytes.GreyPng(2, 2, [1, 2, 3, 4]));
        project.Folder.Write("images/b/1.png", ImageBytes.GreyPng(2, 2, [1, 2, 3, 4]));
        string list = $"[{{name: normalize, mean: {mean}, std: {std}}}]";
        string[] line = ["train", "data=image_folder", $"data.root={project.Folder["images"]}", "data.validation_fraction=0", "early_stopping=none", "loader.batch_size=2"];
        CommandOutput output = project.Do([.. line, $"transforms.train={list}", $"transforms.eval={list}"]).Ends(2);
        Assert.Contains("does not match the samples' channels", output.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluation_transforms_are_in_the_models_metadata()
    {
        using var project = new ProjectFolder();
        project.Train("trainer.epochs=1", "transforms.train=[{name: random_crop, size: [20]}]", "transforms.eval=[{name: center_crop, size: [20]}]").Ends(0);
        string model = Directory.GetFiles(project.Run, "model.safetensors", SearchOption.AllDirectories)[0];
        Assert.Equal(
            """[{"name":"center_crop","size":[20]},{"name":"normalize","mean":[0.1307],"std":[0.3081]}]""",
            SafetensorsFile.Read(model).Metadata["regimen.preprocessing"]);
    }

    private static float[] Read(ImageDataset images, int workers, int batchSize, ulong seed, int epoch)
    {
        using var loader = DataLoader.ForTraining(images, new LoaderOptions { BatchSize = batchSize, Workers = workers, Shuffle = false }, All);
        return [.. loader.Epoch(seed, epoch).SelectMany(b => TensorMemory.Span<float>(b.Input).ToArray())];
    }
}
