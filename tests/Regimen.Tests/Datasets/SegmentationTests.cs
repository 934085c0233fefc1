using System.Text;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Engine;
using Regimen.Imaging;
using Regimen.Loading;
using Regimen.Tests.TestKit;
using Regimen.Transforms;

namespace Regimen.Tests.Datasets;

public sealed class SegmentationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Segmentation.Options _options;

    public SegmentationTests() => _options = new() { Root = _folder["set"], Classes = ["background", "disc", "square"], ValidationFraction = 0 };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Images_and_masks_are_paired_by_their_names_in_ordinal_order()
    {
        Write("set/images/b.png", 10);
        Write("set/images/sub/a.jpg.png", 20);
        Write("set/images/B.bmp", 30);
        WriteMask("set/masks/b.png", 1);
        WriteMask("set/masks/sub/a.jpg.png", 2);
        WriteMask("set/masks/B.png", 255);
        IDataset data = Segmentation.Load(_options, new DatasetContext(1)).Train;
        Assert.Equal(["B.bmp", "b.png", "a.jpg.png"], Enumerable.Range(0, 3).Select(i => Path.GetFileName(data.Origin(i))));
        Assert.Equal(new SampleShape(1, 3, 5), data.SampleShape);
        Assert.Equal(TargetKind.Mask, DatasetTarget.Of(data).Kind);
        Assert.Null(data.Labels);
        using var buffer = new BatchBuffer(data.Fields, 3);
        data.Gather([2, 0, 1], ChannelScale.Identity, buffer);
        Assert.Equal([2, 255, 1], buffer.Bytes(Field.Target).ToArray().Chunk(15).Select(m => (int)m.Distinct().Single()));
        Assert.Equal([20, 30, 10], buffer.Floats(Field.Input).ToArray().Chunk(15).Select(p => (int)Math.Round(p[0] * 255)));

        // A batch has int64.
        using DataLoader loader = DataLoader.ForEvaluation(data);
        foreach (Batch batch in loader.InOrder())
        {
            Assert.Equal([3L, 3, 5], batch.Target.shape);
            Assert.Equal(255, TensorMemory.Span<long>(batch.Target)[0]);
        }
    }

    [Fact]
    public void Splits_are_folders_or_held_out()
    {
        Shapes.Write(_folder, "set/train", 11);
        Shapes.Write(_folder, "set/val", 4);
        DataSplits stated = Segmentation.Load(_options, new DatasetContext(1));
        Assert.Equal([("train", 11), ("val", 4)], stated.Parts.Select(p => (p.Name, p.Data.Count)));
        DataSplits held = Segmentation.Load(_options with { Root = _folder["set/train"], ValidationFraction = 0.3, TestFraction = 0.2 }, new DatasetContext(1));
        Assert.Equal([("train", 6), ("val", 3), ("test", 2)], held.Parts.Select(p => (p.Name, p.Data.Count)));
        Assert.Equal(7, Segmentation.Load(_options with { Root = _folder["set/train"], Limit = 7 }, new DatasetContext(1)).Train.Count);
        DataSplits groups = Segmentation.Load(_options with { Root = _folder["set/train"], ValidationFraction = 0.5, Group = "([0-9])\\.png$" }, new DatasetContext(1));
        Assert.Empty(Names(groups.Train).Select(n => n[^5]).Intersect(Names(groups.Validation!).Select(n => n[^5])));

        static IEnumerable<string> Names(IDataset data) => Enumerable.Range(0, data.Count).Select(data.Origin);
    }

    [Theory]
    [InlineData("metadata.csv", "mask,file_name\nm/2.png,i/2.png\nm/1.png,i/1.png")]
    [InlineData("metadata.jsonl", """{"file_name": "i/1.png", "mask": "m/1.png"}""" + "\n" + """{"file_name": "i/2.png", "mask": "m/2.png"}""")]
    public void A_metadata_file_lists_the_pairs(string name, string content)
    {
        _folder.Write($"set/{name}", Encoding.UTF8.GetBytes(content));
        for (int i = 1; i <= 2; i++)
        {
            Write($"set/i/{i}.png", (byte)i);
            WriteMask($"set/m/{i}.png", (byte)i);
        }

        IDataset data = Segmentation.Load(_options with { Mask = "mask" }, new DatasetContext(1)).Train;
        using var buffer = new BatchBuffer(data.Fields, 2);
        data.Gather([0, 1], ChannelScale.Identity, buffer);
        Assert.Equal([1, 2], buffer.Bytes(Field.Target).ToArray().Chunk(15).Select(m => (int)m[0]));
        RequestException refused = Assert.Throws<RequestException>(() => Segmentation.Load(_options with { Mask = "other" }, new DatasetContext(1)));
        Assert.Contains("other", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ImageFit.Crop)]
    [InlineData(ImageFit.Stretch)]
    public void Masks_are_fitted_as_their_images_with_the_nearest_pixel(ImageFit fit)
    {
        // Slopes: the image's level tells the column, so does the mask's class.
        byte[] columns = [.. Enumerable.Range(0, 23 * 14).Select(i => (byte)(i % 23))];
        _folder.Write("set/images/1.png", ImageBytes.GreyPng(23, 14, [.. columns.Select(c => (byte)(c * 11))]));
        _folder.Write("set/masks/1.png", MaskBytes.Png(23, 14, columns));
        IDataset data = Segmentation.Load(_options with { Classes = [.. Enumerable.Range(0, 23).Select(i => $"c{i}")], Size = [9, 8], Fit = fit }, new DatasetContext(1)).Train;
        using var buffer = new BatchBuffer(data.Fields, 1);
        data.Gather([0], ChannelScale.Identity, buffer);
        float[] places = [.. buffer.Floats(Field.Input).ToArray().Select(v => v * 255 / 11)];
        byte[] classes = buffer.Bytes(Field.Target).ToArray();
        Assert.Equal(72, classes.Length);
        Assert.All(places.Zip(classes), p => Assert.InRange(p.First - p.Second, -0.8f, 0.8f));
        Assert.Equal(fit == ImageFit.Stretch ? 20 : 12, classes.Max() - classes.Min());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Batches_are_the_same_from_memory_and_from_files_for_any_workers(int workers)
    {
        Shapes.Write(_folder, "set", 17);
        string[] transforms = [.. new[] { 1024, 0 }.Select(memory => Bits(_options with { MemoryMb = memory }, workers, epoch: 2))];
        Assert.Equal(transforms[0], transforms[1]);
        Assert.Equal(Bits(_options, 1, epoch: 2), transforms[0]);
        Assert.NotEqual(Bits(_options, 1, epoch: 3), transforms[0]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_loader_moves_an_image_and_its_mask_alike(int workers)
    {
        for (int image = 0; image < 9; image++)
        {
            // The level of a pixel tells its class.
            byte[] mask = [.. Enumerable.Range(0, 13 * 11).Select(i => (byte)(((i * (image + 3)) + (i / 13)) % 3))];
            _folder.Write($"set/images/{image}.png", ImageBytes.GreyPng(13, 11, [.. mask.Select(c => (byte)((c * 60) + 60))]));
            _folder.Write($"set/masks/{image}.png", MaskBytes.Png(13, 11, mask));
        }

        IDataset data = Segmentation.Load(_options, new DatasetContext(1)).Train;
        ITransform[] transforms = [new HorizontalFlip(), new GaussianBlur { P = 0 }, new RandomCrop { Size = [9, 12], Padding = 2 }, new RandomInvert { P = 0 }, new VerticalFlip(), new RandomCrop { Padding = 1 }];
        using DataLoader loader = DataLoader.ForTraining(data, new LoaderOptions { BatchSize = 4, Workers = workers }, transforms);
        int outside = 0;
        foreach (Batch batch in loader.Epoch(seed: 4, 2))
        {
            foreach ((float level, long target) in TensorMemory.Span<float>(batch.Input).ToArray().Zip(TensorMemory.Span<long>(batch.Target).ToArray()))
            {
                Assert.Equal(target == MaskTarget.Ignored ? 0 : (target * 60) + 60, Math.Round(level * 255));
                outside += target == MaskTarget.Ignored ? 1 : 0;
            }
        }

        Assert.InRange(outside, 1, 500);
    }

    [Fact]
    public void The_value_of_pixels_without_a_class_can_be_chosen()
    {
        Write("set/images/1.png", 1);
        _folder.Write("set/masks/1.png", MaskBytes.Png(5, 3, [.. Enumerable.Range(0, 15).Select(i => (byte)(i % 4))], bits: 2));
        IDataset data = Segmentation.Load(_options with { IgnoreIndex = 3 }, new DatasetContext(1)).Train;
        using var buffer = new BatchBuffer(data.Fields, 1);
        data.Gather([0], ChannelScale.Identity, buffer);
        Assert.Equal([0, 1, 2, 255, 0], buffer.Bytes(Field.Target)[..5].ToArray());
        Assert.Contains("received 3 at column 3, row 0", Assert.Throws<RequestException>(() => Segmentation.Load(_options, new DatasetContext(1))).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Problems => new()
    {
        { "no mask", "set/images/3.png" },
        { "no image", "set/masks/3.png" },
        { "same name except for the extension", "set/images/1.jpg" },
        { "not that of a mask", "set/masks/1.txt" },
        { "not that of an image", "set/images/1.txt" },
        { "look like splits", "set/validation/images/1.png" },
    };

    [Theory]
    [MemberData(nameof(Problems))]
    public void A_folder_that_does_not_fit_is_refused(string message, string file)
    {
        for (int i = 1; i <= 2; i++)
        {
            Write($"set/train/images/{i}.png", 1);
            WriteMask($"set/train/masks/{i}.png", 1);
        }

        Write(file.StartsWith("set/val", StringComparison.Ordinal) ? file : file.Replace("set/", "set/train/", StringComparison.Ordinal), 1);
        Assert.Contains(message, Assert.Throws<RequestException>(() => Segmentation.Load(_options, new DatasetContext(1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_wrong_mask_is_named()
    {
        for (int i = 1; i <= 4; i++)
        {
            Write($"set/images/{i}.png", 1);
        }

        WriteMask("set/masks/1.png", 7);
        _folder.Write("set/masks/2.png", MaskBytes.Png(4, 3, new byte[12]));
        _folder.Write("set/masks/3.png", []);
        WriteMask("set/masks/4.png", 2);
        RequestException refused = Assert.Throws<RequestException>(() => Segmentation.Load(_options, new DatasetContext(1)));
        Assert.Equal(["A pixel of the mask has no class", "The mask has another size than its image", "The file is empty"], refused.Problems.Select(p => p.Message));
        Assert.Equal(["1.png", "2.png", "3.png"], refused.Problems.Select(p => Path.GetFileName(p.Where)));
        foreach (IReadOnlyList<string> classes in (IReadOnlyList<string>[])[[], ["one"], ["a", "a"], ["a", " "]])
        {
            Assert.Contains("data.classes", Assert.Throws<RequestException>(() => Segmentation.Load(_options with { Classes = classes }, new DatasetContext(1))).Message, StringComparison.Ordinal);
        }
    }

    private static string Bits(Segmentation.Options options, int workers, int epoch)
    {
        IDataset data = Segmentation.Load(options, new DatasetContext(1)).Train;
        using DataLoader loader = DataLoader.ForTraining(
            data, new LoaderOptions { BatchSize = 5, Workers = workers }, [new RandomAffine(), new RandAugment(), new HorizontalFlip(), new RandomCrop { Size = [20, 21] }]);
        var bits = new StringBuilder();
        foreach (Batch batch in loader.Epoch(seed: 4, epoch))
        {
            Assert.Equal([20L, 21], batch.Target.shape[1..]);
            bits.Append(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(TensorMemory.Span<long>(batch.Target).ToArray().SelectMany(BitConverter.GetBytes).ToArray())));
            bits.Append(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(TensorMemory.Span<float>(batch.Input).ToArray().SelectMany(BitConverter.GetBytes).ToArray())));
        }

        return bits.ToString();
    }

    private void Write(string name, byte level) => _folder.Write(name, ImageBytes.GreyPng(5, 3, Enumerable.Repeat(level, 15).ToArray()));

    private void WriteMask(string name, byte value) => _folder.Write(name, MaskBytes.Png(5, 3, Enumerable.Repeat(value, 15).ToArray()));
}
