using System.Diagnostics;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

/// <summary>Folders with links, deep nesting, misspelt splits, and special files.</summary>
public sealed class ImageFolderLinksTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ImageFolderLinksTests()
    {
        for (int i = 0; i < 7; i++)
        {
            Write($"cats/{i}.png", (byte)i);
            Write($"dogs/{i}.png", (byte)(100 + i));
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_link_to_a_parent_folder_adds_no_files()
    {
        Link("cats/up", "..");
        Link("cats/here", ".");
        Link("dogs/far", "../..");
        Link("again", ".");
        Assert.Equal(["cats", "dogs"], Load().Train.Classes);
        Assert.Equal([7, 7], PerClass());
        Assert.Equal(4, Load().Images!.Repeated);
    }

    [Fact]
    public void The_root_may_be_a_link()
    {
        using var other = new TemporaryFolder();
        Directory.CreateSymbolicLink(other["link"], _folder.FullPath);
        Link("cats/up", other["link"]);
        Assert.Equal(14, ImageFolder.Load(new() { Root = other["link"], ValidationFraction = 0 }, new DatasetContext(1)).Train.Count);
    }

    /// <summary>Each level has two links to the next: 2^30 paths, 31 folders.</summary>
    [Fact]
    public void Exponentially_many_link_paths_list_each_file_once()
    {
        for (int level = 0; level < 30; level++)
        {
            string next = Path.Combine(_folder.FullPath, ".levels", $"{level + 1}");
            Directory.CreateDirectory(next);
            string here = level == 0 ? _folder["cats"] : Path.Combine(_folder.FullPath, ".levels", $"{level}");
            Directory.CreateSymbolicLink(Path.Combine(here, "a"), next);
            Directory.CreateSymbolicLink(Path.Combine(here, "b"), next);
        }

        Write(".levels/30/deep.png", 50);
        Assert.Equal([8, 7], PerClass());
    }

    [Fact]
    public void Two_folders_that_link_to_each_other_are_listed_once()
    {
        _folder.Write("cats/a/1.png", ImageBytes.GreyPng(2, 2, [1, 1, 1, 9]));
        _folder.Write("cats/b/2.png", ImageBytes.GreyPng(2, 2, [1, 1, 1, 8]));
        Link("cats/a/b", "../b");
        Link("cats/b/a", "../a");
        Link("cats/loop", "loop");
        File.Delete(_folder["cats/loop"]);
        Assert.Equal([9, 7], PerClass());
    }

    [Fact]
    public void A_file_with_links_is_listed_once_under_its_own_name()
    {
        Link("cats/0-link.png", "6.png");
        Link("dogs/0-folder", "../dogs");
        Write(".pool/x/new.png", 60);
        Link("dogs/0-pool", "../.pool/x");
        HardLink("dogs/6.png", "dogs/hard.png");
        DataSplits data = Load();
        Assert.Equal([7, 8], PerClass());
        Assert.Equal(_folder["dogs/0-pool/new.png"], data.Train.Origin(7));
        Assert.Equal(_folder["cats/6.png"], data.Train.Origin(6));
    }

    [Fact]
    public void A_file_in_two_classes_is_rejected_for_any_kind_of_link()
    {
        Link("cats/x", "../dogs");
        HardLink("cats/0.png", "dogs/hard.png");
        IReadOnlyList<Problem> problems = Refused();
        Assert.Equal(8, problems.Count);
        Assert.All(problems, p => Assert.Equal("The same file is in two classes", p.Message));
        Assert.Contains(problems, p => p.Where == _folder["dogs/hard.png"] && p.Received == $"dogs here, cats as {_folder["cats/0.png"]}");
    }

    [Fact]
    public void Validation_files_that_are_also_training_files_are_counted()
    {
        using var root = new TemporaryFolder();
        Directory.CreateSymbolicLink(root["train"], _folder.FullPath);
        Directory.CreateDirectory(root["val/cats"]);
        File.CreateSymbolicLink(root["val/cats/same.png"], _folder["cats/3.png"]);
        root.Write("val/dogs/other.png", ImageBytes.GreyPng(2, 2, [1, 2, 3, 4]));
        ImageSummary images = ImageFolder.Load(new() { Root = root.FullPath }, new DatasetContext(1)).Images!;
        Assert.Equal([("train", 14, 0), ("val", 2, 1)], images.Parts.Select(p => (p.Name, p.Files, p.InTraining)));
    }

    [Fact]
    public void Files_at_any_depth_are_listed()
    {
        Write($"cats/{string.Join('/', Enumerable.Range(1, 40))}/deep.png", 50);
        Assert.Equal([8, 7], PerClass());
    }

    [Theory]
    [InlineData("Train Val Test", "Rename Train to train, Val to val, Test to test.")]
    [InlineData("training validation", "Rename training to train, validation to val.")]
    [InlineData("TRAIN_SET test-images", "Rename TRAIN_SET to train, test-images to test.")]
    [InlineData("val test", "Add a folder named train next to them.")]
    public void Misspelt_split_folders_are_reported(string names, string hint)
    {
        using var root = new TemporaryFolder();
        foreach (string name in names.Split(' '))
        {
            root.Write($"{name}/a/1.png", ImageBytes.GreyPng(1, 1, [1]));
            root.Write($"{name}/b/1.png", ImageBytes.GreyPng(1, 1, [2]));
        }

        Problem problem = Assert.Single(Refused(root));
        Assert.Equal("Folders look like splits, not like classes", problem.Message);
        Assert.Equal(names.Split(' ').Order(StringComparer.Ordinal), problem.Received!.Split(", "));
        Assert.All(hint.TrimEnd('.').Replace("Rename ", string.Empty, StringComparison.Ordinal).Split(", "), part => Assert.Contains(part, problem.Hint, StringComparison.Ordinal));
    }

    [Fact]
    public void A_misspelt_folder_next_to_train_is_reported_and_a_class_may_be_named_test()
    {
        using var root = new TemporaryFolder();
        root.Write("train/a/1.png", ImageBytes.GreyPng(1, 1, [1]));
        root.Write("train/b/1.png", ImageBytes.GreyPng(1, 1, [2]));
        root.Write("Valid/a/1.png", ImageBytes.GreyPng(1, 1, [3]));
        Assert.Equal("Rename Valid to val.", Assert.Single(Refused(root)).Hint);
        Write("Test/1.png", 77);
        Write("train/1.png", 78);
        Assert.Equal(["Test", "cats", "dogs", "train"], Load().Train.Classes);
    }

    [Fact]
    public void Pipes_and_devices_are_rejected_without_blocking()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mkfifo and /dev/zero are needed.");
        using (Process made = Process.Start("mkfifo", [_folder["cats/pipe.png"]]))
        {
            made.WaitForExit();
        }

        Link("dogs/zero.png", "/dev/zero");
        Link("dogs/gone.png", "no/such.png");
        IReadOnlyList<Problem> problems = Refused();
        Assert.Equal(
            [(_folder["cats/pipe.png"], "a pipe"), (_folder["dogs/gone.png"], null), (_folder["dogs/zero.png"], "a device or a socket")],
            problems.Select(p => (p.Where!, p.Received)));
        Assert.Equal(
            "a pipe",
            Assert.Single(Assert.Throws<RequestException>(() => NpyFile.Open(_folder["cats/pipe.png"])).Problems).Received);
        Assert.Throws<RequestException>(() => Csv.Load(new() { Path = "/dev/zero", Target = ["y"] }, new DatasetContext(1)));
    }

    private static int[] Count(IDataset train) => [.. Enumerable.Range(0, train.Classes.Count).Select(c => train.Labels!.Count(l => l == c))];

    private int[] PerClass() => Count(Load().Train);

    private DataSplits Load(TemporaryFolder? root = null)
        => ImageFolder.Load(new() { Root = (root ?? _folder).FullPath, ValidationFraction = 0 }, new DatasetContext(1));

    private IReadOnlyList<Problem> Refused(TemporaryFolder? root = null) => Assert.Throws<RequestException>(() => Load(root)).Problems;

    private void Write(string name, byte level) => _folder.Write(name, ImageBytes.GreyPng(2, 2, [level, level, level, 0]));

    private void Link(string name, string target)
    {
        bool toFolder = Directory.Exists(Path.Combine(Path.GetDirectoryName(_folder[name])!, target));
        _ = toFolder ? Directory.CreateSymbolicLink(_folder[name], target) : File.CreateSymbolicLink(_folder[name], target);
    }

    private void HardLink(string existing, string name)
    {
        using Process made = Process.Start("ln", [_folder[existing], _folder[name]]);
        made.WaitForExit();
    }
}
