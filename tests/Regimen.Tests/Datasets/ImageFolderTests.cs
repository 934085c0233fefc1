using Regimen.Data;
using Regimen.Datasets;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Tests.TestKit;
using Regimen.Transforms;
using SkiaSharp;

namespace Regimen.Tests.Datasets;

public sealed class ImageFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Classes_and_files_are_in_ordinal_order()
    {
        foreach ((string name, byte level) in new (string, byte)[] { ("b/2.png", 4), ("b/10.png", 3), ("B/x.png", 1), ("a/Z/deep.PNG", 2) })
        {
            WriteGrey(name, level);
        }

        DataSplits splits = Load();
        Assert.Equal(["B", "a", "b"], splits.Train.Classes);
        Assert.Equal(new SampleShape(1, 2, 2), splits.Train.SampleShape);
        (byte[] pixels, int[] labels) = DatasetContent.Of(splits.Train);
        Assert.Equal([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4], pixels);
        Assert.Equal([0, 1, 2, 2], labels);
        Assert.EndsWith("10.png", splits.Train.Origin(2), StringComparison.Ordinal);
        Assert.Null(splits.Validation);
        Assert.Null(splits.Test);
    }

    [Fact]
    public void Splits_can_have_separate_folders()
    {
        foreach (string part in (ReadOnlySpan<string>)["train", "val", "test"])
        {
            WriteGrey($"{part}/cat/1.png", 10);
            WriteGrey($"{part}/dog/1.png", 20);
        }

        WriteGrey("test/dog/2.png", 30);
        _folder.Write(".DS_Store", [1]);
        _folder.Write("train/cat/Thumbs.db", [1]);
        DataSplits splits = Load();
        Assert.Equal((2, 2, 3), (splits.Train.Count, splits.Validation!.Count, splits.Test!.Count));
        Assert.Equal([0, 1, 1], DatasetContent.Of(splits.Test).Labels);
    }

    [Fact]
    public void A_limit_takes_images_from_the_classes_in_turn()
    {
        for (int i = 0; i < 4; i++)
        {
            WriteGrey($"a/{i}.png", (byte)i);
            WriteGrey($"b/{i}.png", (byte)(10 + i));
        }

        (byte[] pixels, int[] labels) = DatasetContent.Of(Load(new() { Limit = 3 }).Train);
        Assert.Equal([0, 0, 1], labels);
        Assert.Equal([0, 1, 10], pixels.Chunk(4).Select(p => p[0]));
    }

    [Theory]
    [InlineData(1024, 0)]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(0, 3)]
    public void Images_written_from_mnist_give_identical_batches(int memoryMb, int workers)
    {
        DataSplits mnist = WriteMnist();
        DataSplits images = Load(new() { Mean = [0.1307], Std = [0.3081], MemoryMb = memoryMb }, heldOut: 0.2);
        Assert.Equal(mnist.Train.Classes, images.Train.Classes);
        foreach (((string name, IDataset expected), (_, IDataset actual)) in mnist.Parts.Zip(images.Parts))
        {
            using var one = DataLoader.ForTraining(expected, new LoaderOptions { BatchSize = 16, Workers = 0 }, mnist.TrainTransforms);
            using var other = DataLoader.ForTraining(actual, new LoaderOptions { BatchSize = 16, Workers = workers }, images.TrainTransforms);
            Assert.Equal(Read(one), Read(other));
        }

        static float[][] Read(DataLoader loader) => [.. loader.Epoch(42, 3).SelectMany(batch => (float[][])
        [
            TensorMemory.Span<float>(batch.Input).ToArray(),
            [.. TensorMemory.Span<long>(batch.Target).ToArray().Select(label => (float)label)],
        ])];
    }

    [Fact]
    public void The_fingerprint_depends_on_content_and_conversion_but_not_on_caching()
    {
        WriteGrey("a/1.png", 1);
        WriteGrey("b/1.png", 2);
        string fingerprint = DataFingerprint.Of(Load());
        Assert.Equal(fingerprint, DataFingerprint.Of(Load(new() { MemoryMb = 0 })));
        Assert.NotEqual(fingerprint, DataFingerprint.Of(Load(new() { Channels = 3 })));
        WriteGrey("b/1.png", 3);
        Assert.NotEqual(fingerprint, DataFingerprint.Of(Load()));
    }

    [Fact]
    public void Greyscale_and_colour_images_need_a_conversion()
    {
        WriteGrey("a/1.png", 7, width: 1, height: 1);
        _folder.Write("b/1.bmp", ImageBytes.Bmp(1, 1, 255, 0, 0));
        Problem problem = Assert.Single(Refused());
        Assert.Equal((_folder["b/1.bmp"], $"greyscale, as in {_folder["a/1.png"]}", "colour"), (problem.Where, problem.Expected, problem.Received));
        Assert.Equal([7, 76], DatasetContent.Of(Load(new() { Channels = 1 }).Train).Pixels);
        Assert.Equal([7, 7, 7, 255, 0, 0], DatasetContent.Of(Load(new() { Channels = 3 }).Train).Pixels);
    }

    [Fact]
    public void Images_of_different_sizes_need_a_target_size()
    {
        WriteGrey("a/1.png", 7, width: 4, height: 3);
        WriteGrey("b/1.png", 8, width: 3, height: 9);
        Problem problem = Assert.Single(Refused());
        Assert.Equal((_folder["b/1.png"], $"4 × 3, as in {_folder["a/1.png"]}", "3 × 9"), (problem.Where, problem.Expected, problem.Received));
        DataSplits square = Load(new() { Size = [2] });
        Assert.Equal(new SampleShape(1, 2, 2), square.Train.SampleShape);
        Assert.Equal([7, 7, 7, 7, 8, 8, 8, 8], DatasetContent.Of(square.Train).Pixels);
        Assert.Equal(new SampleShape(1, 3, 1), Load(new() { Size = [3, 1], Fit = Regimen.Imaging.ImageFit.Stretch }).Train.SampleShape);
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(0)]
    public void All_unusable_images_are_reported_together(int memoryMb)
    {
        WriteGrey("a/1.png", 1);
        WriteGrey("b/1.png", 1);
        _folder.Write("a/2.png", []);
        _folder.Write("b/2.jpg", "no image"u8);
        _folder.Write("b/3.png", ImageBytes.HeaderOnlyPng(20_000, 20_000));
        _folder.Write("b/4.webp", ImageBytes.AnimatedWebp);
        Assert.Equal(
            [_folder["a/2.png"], _folder["b/2.jpg"], _folder["b/3.png"], _folder["b/4.webp"]],
            Refused(new() { MemoryMb = memoryMb }).Select(p => p.Where));
    }

    [Fact]
    public void Only_the_first_20_problems_are_listed()
    {
        WriteGrey("a/1.png", 1);
        for (int i = 0; i < 30; i++)
        {
            _folder.Write($"b/{i}.png", [1]);
        }

        IReadOnlyList<Problem> problems = Refused();
        Assert.Equal(21, problems.Count);
        Assert.Equal("… and 10 more of this kind", problems[20].Message);
    }

    [Fact]
    public void An_image_with_truncated_pixels_is_reported_at_the_start_or_when_it_is_loaded()
    {
        WriteGrey("a/1.png", 1, 100, 100);
        _folder.Write("b/1.png", ImageBytes.HeaderOnlyPng(100, 100));
        Assert.Equal(_folder["b/1.png"], Assert.Single(Refused()).Where);
        using var loader = DataLoader.ForEvaluation(Load(new() { MemoryMb = 0 }).Train, new LoaderOptions { Workers = 2 });
        WorkFailedException failure = Assert.Throws<WorkFailedException>(() => loader.Epoch(1, 1).Count());
        Assert.Equal(_folder["b/1.png"], failure.Problem.Where);
    }

    [Fact]
    public void An_image_replaced_by_one_of_another_size_is_reported_with_its_file()
    {
        WriteGrey("a/1.png", 1);
        WriteGrey("b/1.png", 1);
        using var loader = DataLoader.ForEvaluation(Load(new() { MemoryMb = 0 }).Train, new LoaderOptions { Workers = 0 });
        WriteGrey("b/1.png", 1, width: 50, height: 50);
        WorkFailedException failure = Assert.Throws<WorkFailedException>(() => loader.Epoch(1, 1).Count());
        Assert.Equal((_folder["b/1.png"], "50 × 50"), (failure.Problem.Where, failure.Problem.Received));
    }

    [Theory]
    [InlineData("a/1.png", "The folder has only one class")]
    [InlineData("1.png", "The folder has no classes", "The image is not in a class folder")]
    [InlineData("a/1.png b/2.txt", "The file name is not that of an image", "The class has no images")]
    [InlineData("a/1.png b/.hidden", "The class has no images")]
    [InlineData("a/1.png b/1.png 1.png", "The image is not in a class folder")]
    [InlineData("train/a/1.png train/b/1.png test/c/1.png", "The class does not occur in the training set", "The split has no images")]
    [InlineData("train/a/1.png train/b/1.png valid/a/1.png", "There are other folders than val and test next to train")]
    public void An_invalid_layout_is_rejected(string files, params string[] messages)
    {
        foreach (string file in files.Split(' '))
        {
            WriteGrey(file, 1);
        }

        Assert.Equal(messages, Refused().Select(p => p.Message));
        Assert.All(Refused(), p => Assert.StartsWith(_folder.FullPath, p.Where, StringComparison.Ordinal));
    }

    [Fact]
    public void A_missing_folder_is_reported_with_the_expected_layout()
        => Assert.Contains(
            "ROOT/CLASS/IMAGE",
            Assert.Single(Assert.Throws<RequestException>(() => ImageFolder.Load(new() { Root = "no/such" }, new DatasetContext(1))).Problems).Hint,
            StringComparison.Ordinal);

    [Fact]
    public void Invalid_options_are_rejected()
    {
        WriteGrey("a/1.png", 1);
        WriteGrey("b/1.png", 1);
        Assert.Equal("data.size", Assert.Single(Refused(new() { Size = [0] })).Where);
        Assert.Equal("data.mean and data.std", Assert.Single(Refused(new() { Mean = [0.5, 0.5, 0.5], Std = [1, 1, 1] })).Where);
        Assert.Equal("data.mean and data.std", Assert.Single(Refused(new() { Mean = [0.5] })).Where);
    }

    [Fact]
    public void The_train_command_trains_on_colour_jpegs()
    {
        using var project = new ProjectFolder();
        foreach (string name in (ReadOnlySpan<string>)["dark", "light"])
        {
            for (int i = 0; i < 20; i++)
            {
                project.Folder.Write($"pictures/{name}/{i}.jpg", ImageBytes.Colour(SKEncodedImageFormat.Jpeg, 12 + i, 14, blue: name == "dark" ? (byte)20 : (byte)220));
            }
        }

        string[] line = ["train", "data=image_folder", $"data.root={project.Folder["pictures"]}", "data.size=[8]", "loader.batch_size=4", "trainer.epochs=6", "--json"];
        CommandOutput inMemory = project.Do(line).Ends(0);
        CommandOutput streamed = project.Do([.. line, "data.memory_mb=0", "loader.workers=2"]).Ends(0);
        Assert.Equal(inMemory.Json["weights_digest"]!.ToString(), streamed.Json["weights_digest"]!.ToString());
        Assert.Equal(1, inMemory.Json["val"]!["accuracy"]!.GetValue<double>());
    }

    private DataSplits Load(ImageFolder.Options? options = null, double heldOut = 0)
        => ImageFolder.Load((options ?? new()) with { Root = _folder.FullPath, ValidationFraction = heldOut }, new DatasetContext(42));

    private IReadOnlyList<Problem> Refused(ImageFolder.Options? options = null)
        => Assert.Throws<RequestException>(() => Load(options)).Problems;

    private void WriteGrey(string name, byte level, int width = 2, int height = 2)
        => _folder.Write(name, ImageBytes.GreyPng(width, height, [.. Enumerable.Repeat(level, width * height)]));

    /// <summary>Writes MNIST as a folder of images, and returns MNIST with its samples in the same order, by class.</summary>
    private DataSplits WriteMnist()
    {
        using var files = new TemporaryFolder();
        TinyMnist.Write(files, ".");
        (ImageDataset train, ImageDataset test) = IdxImages.Read(files.FullPath, [.. Enumerable.Range(0, 10).Select(d => $"{d}")], "");
        IDataset[] sorted = [.. new[] { ("train", train), ("test", test) }.Select(part => WriteByClass(part.Item1, part.Item2))];
        return TrainTest.Split(sorted[0], null, sorted[1], new SplitRequest(0.2, 0, Stratify: true), [new Normalize(0.1307, 0.3081)], 42);
    }

    private Subset WriteByClass(string part, ImageDataset images)
    {
        (byte[] pixels, int[] labels) = DatasetContent.Of(images);
        for (int i = 0; i < labels.Length; i++)
        {
            _folder.Write($"{part}/{labels[i]}/{i:0000}.png", ImageBytes.GreyPng(28, 28, pixels.AsSpan(i * 784, 784)));
        }

        return new Subset(images, [.. Enumerable.Range(0, labels.Length).OrderBy(i => labels[i])]);
    }
}
