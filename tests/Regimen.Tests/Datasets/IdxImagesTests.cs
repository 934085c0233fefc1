using Regimen.Data;
using Regimen.Datasets;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

public sealed class IdxImagesTests : IDisposable
{
    private const string TrainImages = "train-images-idx3-ubyte";
    private const string TrainLabels = "train-labels-idx1-ubyte";
    private const string TestImages = "t10k-images-idx3-ubyte";
    private const string TestLabels = "t10k-labels-idx1-ubyte";
    private const string Hint = "Set data.root=FOLDER.";
    private static readonly string[] Classes = ["cat", "dog", "owl"];
    private readonly TemporaryFolder _folder = new();

    public IdxImagesTests()
    {
        // Four training and two test images of 2×3. The pixel values are derived from their position in the file.
        _folder.Write(TrainImages, IdxBytes.Of(0x08, [4, 2, 3], Ramp(24)));
        _folder.Write(TrainLabels, IdxBytes.Of(0x08, [4], 0, 1, 2, 1));
        _folder.Write(TestImages + ".gz", IdxBytes.Packed(IdxBytes.Of(0x08, [2, 2, 3], Ramp(12))));
        _folder.Write(TestLabels + ".gz", IdxBytes.Packed(IdxBytes.Of(0x08, [2], 2, 0)));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Images_and_labels_are_in_file_order_compressed_or_not()
    {
        (ImageDataset train, ImageDataset test) = Read();

        Assert.Equal(new SampleShape(1, 2, 3), train.SampleShape);
        Assert.Equal(Classes, train.Classes);
        (byte[] pixels, int[] labels) = DatasetContent.Of(train);
        Assert.Equal(Ramp(24), pixels);
        Assert.Equal([0, 1, 2, 1], labels);
        Assert.Equal([2, 0], DatasetContent.Of(test).Labels);
    }

    [Fact]
    public void The_uncompressed_file_is_read_if_both_exist()
    {
        _folder.Write(TrainLabels + ".gz", IdxBytes.Packed(IdxBytes.Of(0x08, [4], 2, 2, 2, 2)));
        Assert.Equal([0, 1, 2, 1], DatasetContent.Of(Read().Train).Labels);
    }

    [Fact]
    public void A_missing_folder_is_reported_with_its_absolute_path_and_the_working_directory()
    {
        Problem problem = Assert.Single(Refused("no/such/folder"));
        Assert.Equal("no/such/folder", problem.Where);
        Assert.Equal($"a folder at {Path.GetFullPath("no/such/folder")}", problem.Expected);
        Assert.Contains(Directory.GetCurrentDirectory(), problem.Received, StringComparison.Ordinal);
        Assert.Equal(Hint, problem.Hint);
    }

    [Fact]
    public void A_file_in_place_of_the_folder_is_reported_as_such()
        => Assert.Equal("The data folder is a file", Assert.Single(Refused(_folder[TrainImages])).Message);

    [Fact]
    public void All_missing_files_are_reported_together()
    {
        File.Delete(_folder[TrainImages]);
        File.Delete(_folder[TestLabels + ".gz"]);
        IReadOnlyList<Problem> problems = Refused();
        Assert.Equal([_folder[TrainImages], _folder[TestLabels]], problems.Select(p => p.Where));
        Assert.All(problems, problem => Assert.Contains($".gz in {_folder.FullPath}", problem.Expected, StringComparison.Ordinal));
    }

    [Fact]
    public void All_damaged_files_are_reported_together()
    {
        _folder.Write(TrainImages, [1, 2, 3, 4]);
        _folder.Write(TestImages + ".gz", [0x1F, 0x8B, 1]);
        Assert.Equal(2, Refused().Count);
    }

    [Fact]
    public void Different_numbers_of_images_and_labels_are_rejected_with_both_files()
    {
        _folder.Write(TrainLabels, IdxBytes.Of(0x08, [3], 0, 1, 2));
        Problem problem = Assert.Single(Refused());
        Assert.Equal($"{_folder[TrainImages]} and {_folder[TrainLabels]}", problem.Where);
        Assert.Equal(("a label for each of the 4 images", "3 labels"), (problem.Expected, problem.Received));
    }

    [Theory]
    [InlineData(false, ", byte 10")]
    [InlineData(true, ", uncompressed byte 10")]
    public void A_label_out_of_range_is_rejected_with_its_location(bool packed, string place)
    {
        byte[] bytes = IdxBytes.Of(0x08, [4], 0, 1, 3, 1);
        _folder.Write(TrainLabels, packed ? IdxBytes.Packed(bytes) : bytes);
        Problem problem = Assert.Single(Refused());
        Assert.Equal(_folder[TrainLabels] + place, problem.Where);
        Assert.Equal(("a label from 0 to 2", "3"), (problem.Expected, problem.Received));
    }

    [Fact]
    public void Training_and_test_images_must_have_the_same_shape()
    {
        _folder.Write(TestImages, IdxBytes.Of(0x08, [2, 3, 2], Ramp(12)));
        Problem problem = Assert.Single(Refused());
        Assert.Equal(("[1, 2, 3] in both", "[1, 3, 2] in the test images"), (problem.Expected, problem.Received));
    }

    [Fact]
    public void Swapped_images_and_labels_are_rejected()
    {
        _folder.Write(TrainImages, IdxBytes.Of(0x08, [4], 0, 1, 2, 1));
        _folder.Write(TrainLabels, IdxBytes.Of(0x0C, [1], 0, 0, 0, 1));
        IReadOnlyList<Problem> problems = Refused();
        Assert.Equal(["UInt8 of shape [4]", "Int32 of shape [1]"], problems.Select(p => p.Received));
    }

    private (ImageDataset Train, ImageDataset Test) Read() => IdxImages.Read(_folder.FullPath, Classes, Hint);

    private IReadOnlyList<Problem> Refused(string? root = null)
        => Assert.Throws<RequestException>(() => IdxImages.Read(root ?? _folder.FullPath, Classes, Hint)).Problems;

    private static byte[] Ramp(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(i * 10))];
}
