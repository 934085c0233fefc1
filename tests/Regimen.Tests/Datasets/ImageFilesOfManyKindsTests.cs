using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Tests.TestKit;
using SkiaSharp;

namespace Regimen.Tests.Datasets;

/// <summary>Orientations, alpha channels, 16-bit channels and extreme sizes in a folder of images.</summary>
public sealed class ImageFilesOfManyKindsTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void The_orientation_is_applied_if_enabled()
    {
        WriteOriented();
        Assert.Equal([false, false, false], DarkFirst(new()));
        Assert.Equal(new SampleShape(1, 8, 16), Load(new() { Size = [8, 16] }).Train.SampleShape);

        // Rotated right, the left side is on top; rotated left, at the bottom.
        DataSplits turned = Load(new() { ApplyOrientation = true });
        Assert.Equal(new SampleShape(1, 16, 8), turned.Train.SampleShape);
        byte[] pixels = DatasetContent.Of(turned.Train).Pixels;
        Assert.Equal([(40, 200), (200, 40), (40, 200)], pixels.Chunk(128).Select(p => (Near(p[0]), Near(p[^1]))));
        Assert.NotEqual(DataFingerprint.Of(Load(new())), DataFingerprint.Of(turned));
        Assert.Equal(pixels, DatasetContent.Of(Load(new() { ApplyOrientation = true, MemoryMb = 0 }).Train).Pixels);

        static int Near(byte level) => (level + 5) / 10 * 10;
    }

    [Fact]
    public void Inspect_data_counts_kinds_of_files_and_describes_their_handling()
    {
        WriteOriented();
        _project.Folder.Write("pictures/b/wide.png", ImageBytes.GreyPng(16, 8, [.. Enumerable.Range(0, 128).Select(i => (byte)i)]));
        _project.Folder.Write("pictures/b/deep.png", ImageBytes.Grey16Png(16, 8, i => (ushort)(i * 500)));
        CommandOutput output = Inspect().Ends(0);
        Assert.Contains(output.Lines, line => line.StartsWith("train", StringComparison.Ordinal) && line.EndsWith("16 × 8 (5)", StringComparison.Ordinal));
        Assert.Contains("data.apply_orientation=true applies it", output.Out, StringComparison.Ordinal);
        Assert.Contains("the upper 8 bits of each value are read", output.Out, StringComparison.Ordinal);
        Assert.Contains("decoded once and kept in memory", output.Out, StringComparison.Ordinal);
        JsonNode part = Inspect("--json").Ends(0).Json["images"]!["parts"]![0]!;
        Assert.Equal((5, 3, 1, 0), (Number("files"), Number("oriented"), Number("sixteen_bit"), Number("with_alpha")));

        int Number(string key) => part[key]!.GetValue<int>();
    }

    [Fact]
    public void Inspect_data_shows_images_that_need_an_option_first()
    {
        _project.Folder.Write("pictures/a/1.png", ImageBytes.GreyPng(3, 5, new byte[15]));
        _project.Folder.Write("pictures/b/1.jpg", ImageBytes.Colour(SKEncodedImageFormat.Jpeg, 7, 9));
        CommandOutput output = Inspect().Ends(0);
        Assert.Contains("not ready for training", output.Lines[0], StringComparison.Ordinal);
        Assert.Contains("3 × 5 (1), 7 × 9 (1)", output.Out, StringComparison.Ordinal);
        Assert.Contains("data.channels=1 or data.channels=3", output.Out, StringComparison.Ordinal);
        JsonNode json = Inspect("--json").Ends(0).Json;
        Assert.Equal((1, 1, 1), (json["undecided"]!.AsArray().Count, json["images"]!["parts"]![0]!["grey"]!.GetValue<int>(), json["images"]!["parts"]![0]!["colour"]!.GetValue<int>()));
        Assert.Contains("data.size", Inspect("data.channels=1").Ends(0).Out, StringComparison.Ordinal);

        // No option makes a damaged file usable.
        _project.Folder.Write("pictures/b/2.jpg", [1, 2, 3]);
        CommandOutput damaged = Inspect("data.channels=1", "data.size=[4]").Ends(2);
        Assert.Contains("not a readable image", damaged.Error, StringComparison.Ordinal);
        Assert.Contains("3 × 5 (1), 7 × 9 (1)", damaged.Out, StringComparison.Ordinal);

        // A transparent file is counted and rejected.
        _project.Folder.Write("pictures/b/2.jpg", ImageBytes.TransparentPng);
        CommandOutput transparent = Inspect("data.channels=1", "data.size=[4]").Ends(2);
        Assert.Contains("transparent pixels", transparent.Error, StringComparison.Ordinal);
        Assert.Contains("Images with an alpha channel", transparent.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(0)]
    public void Sixteen_bit_images_that_are_black_in_eight_bits_are_rejected(int memoryMb)
    {
        for (int i = 0; i < 11; i++)
        {
            _project.Folder.Write($"pictures/{(i % 2 == 0 ? "a" : "b")}/{i}.png", ImageBytes.Grey16Png(5, 3, pixel => (ushort)((pixel * 17) % 250)));
        }

        string[] line = ["train", "data=image_folder", $"data.root={_project.Folder["pictures"]}", "loader.batch_size=2", "trainer.epochs=1", $"data.memory_mb={memoryMb}"];
        string error = _project.Do(line).Ends(2).Error;
        Assert.Contains("received 0 in all 9 training samples", error, StringComparison.Ordinal);
        Assert.Contains("16 bits", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_project.Runs));
    }

    [Fact]
    public void Images_of_one_row_or_column_are_resized()
    {
        _project.Folder.Write("pictures/a/line.png", ImageBytes.GreyPng(20_000, 1, [.. Enumerable.Range(0, 20_000).Select(i => (byte)(i >> 7))]));
        _project.Folder.Write("pictures/b/line.png", ImageBytes.GreyPng(1, 20_000, [.. Enumerable.Range(0, 20_000).Select(i => (byte)(i >> 7))]));
        byte[] pixels = DatasetContent.Of(Load(new() { Size = [64] }).Train).Pixels;
        Assert.All(pixels, level => Assert.InRange(level, 77, 79)); // The middle: 10,000 / 128 = 78.1.
    }

    [Fact]
    public void A_decoded_folder_is_in_memory()
    {
        WriteOriented();
        Assert.True(Load(new()).Train.IsInMemory);
        Assert.False(Load(new() { MemoryMb = 0 }).Train.IsInMemory);
    }

    private bool[] DarkFirst(ImageFolder.Options options)
        => [.. DatasetContent.Of(Load(options).Train).Pixels.Chunk(128).Select(p => p[0] > 100 || p[15] < 100)];

    private void WriteOriented()
    {
        _project.Folder.Write("pictures/a/6.jpg", ImageBytes.OrientedJpeg(6));
        _project.Folder.Write("pictures/a/8.jpg", ImageBytes.OrientedJpeg(8));
        _project.Folder.Write("pictures/b/5.jpg", ImageBytes.OrientedJpeg(5));
    }

    private DataSplits Load(ImageFolder.Options options)
        => ImageFolder.Load(options with { Root = _project.Folder["pictures"], ValidationFraction = 0 }, new DatasetContext(1));

    private CommandOutput Inspect(params string[] more)
        => _project.Do(["inspect", "data", "data=image_folder", $"data.root={_project.Folder["pictures"]}", "data.validation_fraction=0", .. more]);
}
