using System.Formats.Tar;
using System.IO.Compression;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

/// <summary>The binary version of CIFAR, with few images per file.</summary>
public sealed class CifarTests : IDisposable
{
    private const int Record = 2 + CifarForm.ImageBytes;

    private static readonly CifarForm Form = new()
    {
        Archive = "small.tar.gz",
        Folder = "small",
        Train = ["one.bin", "two.bin"],
        Test = "test.bin",
        ImagesInTrainFile = 3,
        ImagesInTest = 2,
        LabelNames = [["coarse"], ["cat", "dog", "owl"]],
    };

    private readonly TemporaryFolder _folder = new();

    public CifarTests()
    {
        foreach ((string name, byte[] bytes) in Files())
        {
            _folder.Write(name, bytes);
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Images_are_in_file_order_with_their_fine_labels()
    {
        DataSplits splits = Load();
        Assert.Equal(new SampleShape(3, 32, 32), splits.Train.SampleShape);
        Assert.Equal(["cat", "dog", "owl"], splits.Train.Classes);
        (byte[] pixels, int[] labels) = DatasetContent.Of(splits.Train);
        Assert.Equal([0, 1, 2, 0, 1, 2], labels);
        Assert.Equal([.. Pixels(0), .. Pixels(1), .. Pixels(2), .. Pixels(10), .. Pixels(11), .. Pixels(12)], pixels);
        Assert.Equal([.. Pixels(20), .. Pixels(21)], DatasetContent.Of(splits.Test!).Pixels);
    }

    [Fact]
    public void Files_are_read_from_the_unpacked_folder_or_the_archive()
    {
        string expected = DataFingerprint.Of(Load());
        foreach ((string name, byte[] bytes) in Files())
        {
            _folder.Write($"small/{name}", bytes);
            File.Delete(_folder[name]);
        }

        Assert.Equal(expected, DataFingerprint.Of(Load()));
        Directory.Delete(_folder["small"], recursive: true);
        _folder.Write("small.tar.gz", Archive());
        Assert.Equal(expected, DataFingerprint.Of(Load()));
    }

    [Fact]
    public void A_truncated_archive_is_rejected_with_its_name()
    {
        DeleteFiles();
        byte[] whole = Archive();
        foreach (int length in (ReadOnlySpan<int>)[0, 1, 10, whole.Length / 2, whole.Length - 20])
        {
            _folder.Write("small.tar.gz", whole.AsSpan(..length));
            Assert.Equal(_folder["small.tar.gz"], Assert.Single(Refused()).Where);
        }
    }

    [Fact]
    public void All_missing_files_are_reported_together_with_the_source()
    {
        File.Delete(_folder["two.bin"]);
        File.Delete(_folder["test.bin"]);
        IReadOnlyList<Problem> problems = Refused();
        Assert.Equal([_folder["two.bin"], _folder["test.bin"]], problems.Select(p => p.Where));
        Assert.All(problems, problem => Assert.Contains("small.tar.gz from https://", problem.Hint, StringComparison.Ordinal));
    }

    [Fact]
    public void A_label_out_of_range_is_rejected_with_its_location()
    {
        byte[] bytes = File.ReadAllBytes(_folder["two.bin"]);
        bytes[Record + 1] = 3;
        _folder.Write("two.bin", bytes);
        Problem problem = Assert.Single(Refused());
        Assert.Equal($"{_folder["two.bin"]}, byte {Record + 1}", problem.Where);
        Assert.Equal(("a label from 0 to 2", "3"), (problem.Expected, problem.Received));
    }

    [Fact]
    public void Means_and_deviations_must_match_three_channels()
    {
        Assert.Equal("data.mean and data.std", Assert.Single(Refused(new() { Mean = [0.5, 0.5] })).Where);
        Assert.Equal("data.mean and data.std", Assert.Single(Refused(new() { Std = [0.5, 0.5, 0] })).Where);
    }

    [Fact]
    public void A_damaged_file_is_rejected_or_read_unchanged()
    {
        byte[] original = File.ReadAllBytes(_folder["one.bin"]);
        foreach ((int number, byte[] bytes) in Mutations.Of(original))
        {
            _folder.Write("one.bin", bytes);
            try
            {
                // Pixels have no checksum, so changed pixels are read as they are.
                byte[] pixels = DatasetContent.Of(Load().Train).Pixels;
                Assert.Equal(bytes[2..Record], pixels[..CifarForm.ImageBytes]);
            }
            catch (RequestException refusal)
            {
                Assert.StartsWith(_folder["one.bin"], Assert.Single(refusal.Problems).Where, StringComparison.Ordinal);
                Assert.True(bytes.Length != original.Length || bytes.Chunk(Record).Any(r => r[0] > 0 || r[1] > 2), $"mutation {number}");
            }
        }
    }

    [Fact]
    public void A_damaged_archive_is_rejected_or_gives_the_same_images()
    {
        DeleteFiles();
        byte[] original = Archive();
        _folder.Write("small.tar.gz", original);
        string fingerprint = DataFingerprint.Of(Load());
        foreach ((int number, byte[] bytes) in Mutations.Of(original))
        {
            _folder.Write("small.tar.gz", bytes);
            try
            {
                Assert.True(fingerprint == DataFingerprint.Of(Load()), $"mutation {number}");
            }
            catch (RequestException refusal)
            {
                Assert.StartsWith(_folder.FullPath, Assert.Single(refusal.Problems).Where, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void The_file_names_are_those_of_the_publishers()
    {
        foreach ((Func<RequestException> load, string archive) in new (Func<RequestException>, string)[]
        {
            (() => Assert.Throws<RequestException>(() => Cifar10.Load(new() { Root = _folder.FullPath }, new DatasetContext(1))), "cifar-10-binary.tar.gz"),
            (() => Assert.Throws<RequestException>(() => Cifar100.Load(new() { Root = _folder.FullPath }, new DatasetContext(1))), "cifar-100-binary.tar.gz"),
        })
        {
            Assert.All(load().Problems, p => Assert.Contains(archive, p.ToString(), StringComparison.Ordinal));
        }

        Assert.Equal("cifar-10-binary.tar.gz", Assert.Single(Cifar10.PublicFiles).Name);
        Assert.Equal("https://www.cs.toronto.edu/~kriz/", new Cifar100.Options().Url);
        Assert.Equal("cifar-100-binary.tar.gz", Assert.Single(Cifar100.PublicFiles).Name);
    }

    private DataSplits Load(Cifar10.Options? options = null)
        => CifarFiles.Load((options ?? new()) with { Root = _folder.FullPath, ValidationFraction = 0 }, Form, [], new DatasetContext(42));

    private IReadOnlyList<Problem> Refused(Cifar10.Options? options = null)
        => Assert.Throws<RequestException>(() => Load(options)).Problems;

    private void DeleteFiles()
    {
        foreach ((string name, _) in Files())
        {
            File.Delete(_folder[name]);
        }
    }

    private static IEnumerable<(string Name, byte[] Bytes)> Files() =>
    [
        ("one.bin", Images(0, 3)), ("two.bin", Images(10, 3)), ("test.bin", Images(20, 2)),
    ];

    private static byte[] Images(int first, int count)
        => [.. Enumerable.Range(0, count).SelectMany(i => (byte[])[0, (byte)i, .. Pixels(first + i)])];

    private static byte[] Pixels(int image) => [.. Enumerable.Range(0, CifarForm.ImageBytes).Select(i => (byte)((i * 7) + (image * 31)))];

    private static byte[] Archive()
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        using (var tar = new TarWriter(gzip))
        {
            foreach ((string name, byte[] bytes) in Files())
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"small/{name}") { DataStream = new MemoryStream(bytes) });
            }
        }

        return packed.ToArray();
    }
}
