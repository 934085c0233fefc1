using System.Formats.Tar;
using System.Text;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

/// <summary>Tests images in the tar shards of WebDataset.</summary>
public sealed class WebDatasetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_same_images_in_a_folder_and_in_shards_of_any_form_give_the_same_run()
    {
        using var project = new ProjectFolder();
        var all = new List<(string Name, byte[] Content)>();
        for (int i = 0; i < 23; i++)
        {
            // Sorted by class and name, as a folder of classes is read.
            string kind = i < 9 ? "bird" : "boat";
            byte[] image = Image(i);
            project.Folder.Write($"images/{kind}/{i:00}.png", image);
            all.AddRange([($"set.1/{i:00}.png", image), ($"set.1/{i:00}.cls", Encoding.UTF8.GetBytes($"{kind}\n")), ($"set.1/{i:00}.txt", "a caption"u8.ToArray())]);
        }

        string expected = Digest("data=image_folder", $"data.root={project.Folder["images"]}");
        foreach (TarEntryFormat format in new[] { TarEntryFormat.V7, TarEntryFormat.Ustar, TarEntryFormat.Gnu, TarEntryFormat.Pax })
        {
            (int From, int To)[] cuts = [(0, 3 * 3), (3 * 3, 14 * 3), (14 * 3, 15 * 3), (15 * 3, 23 * 3)];
            for (int shard = 0; shard < cuts.Length; shard++)
            {
                project.Folder.Write($"{format}/train-{shard + 8:00}.tar", TarBytes.Of(format, [.. all[cuts[shard].From..cuts[shard].To]]));
            }

            Assert.Equal(expected, Digest("data=webdataset", $"data.path={project.Folder[$"{format}"]}"));
        }

        Assert.Equal(expected, Digest("data=webdataset", $"data.path={project.Folder["Pax/train-{08..11}.tar"]}", "data.memory_mb=0", "loader.workers=2"));

        string Digest(params string[] data) => project.Do(["train", .. data, "data.test_fraction=0.2", "model=mlp", "trainer.epochs=2", "early_stopping=none", "loader.batch_size=4", "seed=3", "threads=1", "--json"])
            .Ends(0).Json["weights_digest"]!.ToString();
    }

    [Fact]
    public void A_run_on_shards_is_verified_evaluated_inspected_and_predicts_and_is_refused_with_other_shards()
    {
        using var project = new ProjectFolder();
        Write(project.Folder, "train-0.tar", 0, 13);
        Write(project.Folder, "train-1.tar", 13, 30);
        Write(project.Folder, "test.tar", 40, 47);
        project.Do(
            "train", "data=webdataset", $"data.path={project.Folder["train-{0..1}.tar"]}", $"data.test_path={project.Folder["test.tar"]}", $"data.cache_folder={project.Folder["cache"]}", "data.memory_mb=0",
            "model=mlp", "trainer.epochs=2", "early_stopping=none", "loader.batch_size=4", "--json").Ends(0);
        Assert.Contains("identical", project.Do("verify", "latest").Ends(0).Out, StringComparison.Ordinal);
        Assert.Equal(7, project.Do("evaluate", "latest", "--json").Ends(0).Json["samples"]!.GetValue<int>());
        project.Folder.Write("one.png", Image(4));
        Assert.StartsWith("input,class", project.Do("predict", "latest", project.Folder["one.png"]).Ends(0).Out, StringComparison.Ordinal);
        CommandOutput inspected = project.Do("inspect", "data", "data=webdataset", $"data.path={project.Folder["train-{0..1}.tar"]}", "data.validation_fraction=0", "--json").Ends(0);
        Assert.Equal(["0", "1", "2"], inspected.Json["classes"]!.AsArray().Select(c => c!.ToString()));

        // One bit of one pixel's data in the middle of a shard.
        byte[] bytes = File.ReadAllBytes(project.Folder["train-1.tar"]);
        int at = bytes.AsSpan().IndexOf(Image(17)) + Image(17).Length - 20;
        bytes[at] ^= 1;
        project.Folder.Write("train-1.tar", bytes);
        const string Refusal = "The data is not the data that the run was trained on";
        Assert.Contains(Refusal, project.Do("verify", "latest").Ends(1).Out, StringComparison.Ordinal);
        Assert.Contains(Refusal, project.Do("resume", "latest", "trainer.epochs=3").Ends(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_name_that_a_tar_file_can_have_is_found_again()
    {
        string longName = string.Concat(Enumerable.Repeat("folder-with-a-name/", 20));
        string[] names = ["a", "b/c", "../../etc/x", "/abs/y", "ünïcode/ß", $"{longName}1", $"{longName}2"];
        foreach (TarEntryFormat format in new[] { TarEntryFormat.Gnu, TarEntryFormat.Pax })
        {
            _folder.Write("s.tar", TarBytes.Of(format, [.. names.SelectMany((n, i) => new[] { ($"{n}.seg.JPG", Image(i)), ($"{n}.x.cls", Encoding.UTF8.GetBytes($"{i % 2}")), ("README", Array.Empty<byte>()), (".hidden.jpg", Array.Empty<byte>()) })]));
            DataSplits data = Load(_folder["s.tar"], o => o with { Image = ["seg.jpg"], Label = ".x.cls" });
            Assert.Equal(names.Select(n => $"{_folder["s.tar"]}: {n}.seg.JPG"), Enumerable.Range(0, names.Length).Select(data.Train.Origin));
            (byte[] pixels, int[] labels) = DatasetContent.Of(data.Train);
            Assert.Equal(names.Select((_, i) => i % 2), labels);
            Assert.Equal(names.SelectMany((_, i) => Pixels(i)), pixels);
        }

        Assert.False(File.Exists(Path.Combine(Path.GetTempPath(), "etc", "x.seg.JPG")));
    }

    [Fact]
    public void Labels_are_indices_or_names_and_may_be_in_json()
    {
        _folder.Write("cls.tar", TarBytes.Of(TarEntryFormat.Pax, [("a.png", Image(1)), ("a.cls", "2"u8.ToArray()), ("b.png", Image(2)), ("b.cls", "cat"u8.ToArray()), ("c.png", Image(2)), ("c.cls", " 0\n"u8.ToArray())]));
        Assert.Equal([2, 1, 0], Load(_folder["cls.tar"], o => o with { Classes = ["dog", "cat", "cow"] }).Train.Labels);
        Assert.Contains("whole numbers", Refusal(() => Load(_folder["cls.tar"])).Message, StringComparison.Ordinal);
        Assert.Equal("The label is out of range", Refusal(() => Load(_folder["cls.tar"], o => o with { Classes = ["cat", "cow"] })).Problems[0].Message);
        Problem unknown = Refusal(() => Load(_folder["cls.tar"], o => o with { Classes = ["dog", "car", "cow"] })).Problems.Single();
        Assert.Equal($"{_folder["cls.tar"]}: b.png", unknown.Where);

        byte[] Json(string text) => Encoding.UTF8.GetBytes(text);
        _folder.Write("json.tar", TarBytes.Of(TarEntryFormat.Pax, [("a.json", Json("{\"y\": 3, \"z\": \"q\"}")), ("a.png", Image(1)), ("b.json", Json("{\"y\": 1, \"z\": \"p\"}")), ("b.png", Image(2))]));
        DataSplits data = Load(_folder["json.tar"], o => o with { Label = "json", LabelField = "y" });
        Assert.Equal([3, 1], data.Train.Labels);
        Assert.Equal(["The classes 0, 2 have no training image"], data.Notes);
        Assert.Equal(["p", "q"], Load(_folder["json.tar"], o => o with { Label = "json", LabelField = "z" }).Train.Classes);
        Assert.Contains("no value for w", Refusal(() => Load(_folder["json.tar"], o => o with { Label = "json", LabelField = "w" })).Message, StringComparison.Ordinal);
        Assert.Equal("data.label and data.label_field", Refusal(() => Load(_folder["json.tar"], o => o with { Label = "json" })).Problems[0].Where);
    }

    public static TheoryData<string, string> Wrong => new()
    {
        { "text", "not a tar file" },
        { "empty file", "empty" },
        { "gzip", "compressed" },
        { "no samples", "no samples" },
        { "in the content", "truncated" },
        { "before the end", "truncated" },
        { "one zero block", "truncated" },
        { "header", "damaged" },
        { "two files", "goes on after its end" },
        { "no image", "no image" },
        { "no label", "no label" },
        { "two images", "two images" },
        { "empty label", "label is empty" },
        { "empty image", "image is empty" },
        { "broken image", "not a readable image" },
        { "other size", "differ in size" },
        { "negative", "out of range" },
        { "huge index", "out of range" },
        { "again", "in the shard twice" },
        { "link", "not a file" },
        { "one class", "fewer than two classes" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_shard_is_refused_with_its_name(string what, string message)
    {
        (string, byte[])[] good = [("a.png", Image(1)), ("a.cls", "0"u8.ToArray()), ("b.png", Image(2)), ("b.cls", "1"u8.ToArray())];
        byte[] tar = TarBytes.Of(TarEntryFormat.Ustar, good);
        byte[] shard = what switch
        {
            "text" => Encoding.UTF8.GetBytes(new string('x', 2000)),
            "empty file" => [],
            "gzip" => [0x1F, 0x8B, .. new byte[1000]],
            "no samples" => new byte[10_240],
            "in the content" => tar[..600],
            "before the end" => tar[..^1024],
            "one zero block" => tar[..^512],
            "header" => [.. tar[..1024], .. tar[1024..1100].Select(b => (byte)(b + 1)), .. tar[1100..]],
            "two files" => [.. tar, .. tar],
            "no image" => TarBytes.Of(TarEntryFormat.Ustar, [.. good, ("c.cls", "1"u8.ToArray())]),
            "no label" => TarBytes.Of(TarEntryFormat.Ustar, [("c.png", Image(1)), .. good]),
            "two images" => TarBytes.Of(TarEntryFormat.Ustar, [("a.jpg", Image(1)), .. good]),
            "empty label" => TarBytes.Of(TarEntryFormat.Ustar, [.. good, ("c.png", Image(1)), ("c.cls", [])]),
            "empty image" => TarBytes.Of(TarEntryFormat.Ustar, [.. good, ("c.png", []), ("c.cls", "1"u8.ToArray())]),
            "broken image" => TarBytes.Of(TarEntryFormat.Ustar, [.. good, ("c.png", Image(1)[..20]), ("c.cls", "1"u8.ToArray())]),
            "other size" => TarBytes.Of(TarEntryFormat.Ustar, [.. good, ("c.png", ImageBytes.GreyPng(2, 2, new byte[4])), ("c.cls", "1"u8.ToArray())]),
            "negative" => TarBytes.Of(TarEntryFormat.Ustar, [.. good, ("c.png", Image(1)), ("c.cls", "-1"u8.ToArray())]),
            "huge index" => TarBytes.Of(TarEntryFormat.Ustar, [.. good, ("c.png", Image(1)), ("c.cls", "4000000000"u8.ToArray())]),
            "again" => TarBytes.Of(TarEntryFormat.Ustar, [.. good, good[0], good[1]]),
            "link" => Linked(good),
            _ => TarBytes.Of(TarEntryFormat.Ustar, [good[0], ("a.cls", "x"u8.ToArray())]),
        };
        _folder.Write("train-0.tar", tar);
        _folder.Write("train-1.tar", shard);
        RequestException refused = Refusal(() => Load(what == "one class" ? _folder["train-1.tar"] : _folder["train-*.tar"]));
        Assert.Contains(refused.Problems, p => p.Message.Contains(message, StringComparison.Ordinal) && p.Where!.StartsWith(_folder["train-1.tar"], StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("s-{0..2}.tar", "s-0.tar s-1.tar s-2.tar")]
    [InlineData("s-{00..01}-{a,b}.tar", "s-00-a.tar s-00-b.tar s-01-a.tar s-01-b.tar")]
    [InlineData("s-{8..011}.tar", "s-008.tar s-009.tar s-010.tar s-011.tar")]
    [InlineData("t-?.tar", "t-1.tar t-2.tar")]
    [InlineData("s-{2,0}*.tar", "s-2.tar s-0.tar s-00-a.tar s-00-b.tar s-008.tar s-009.tar s-01-a.tar s-01-b.tar s-010.tar s-011.tar")]
    [InlineData("odd{1..2}.tar", "odd{1..2}.tar")]
    public void A_path_names_shards(string path, string files)
    {
        foreach (string name in (string[])["s-0.tar", "s-1.tar", "s-2.tar", "s-00-a.tar", "s-00-b.tar", "s-01-a.tar", "s-01-b.tar", "s-008.tar", "s-009.tar", "s-010.tar", "s-011.tar", "t-2.tar", "t-1.tar", "odd{1..2}.tar"])
        {
            _folder.Write(name, [1]);
        }

        Assert.Equal(files.Split(' '), new ArchivePaths(".tar").Find("data.path", _folder[path]).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("s-{0..3}.tar", "There is no such file")]
    [InlineData("s-{3..0}.tar", "range in the path is not valid")]
    [InlineData("s-{a..c}.tar", "range in the path is not valid")]
    [InlineData("s-{0..2.tar", "range in the path is not valid")]
    [InlineData("s-{0}.tar", "range in the path is not valid")]
    [InlineData("s-{0..999999999}.tar", "range in the path is not valid")]
    [InlineData("s-{0..9999}{0..9999}.tar", "too many files")]
    [InlineData("s-{0,0}.tar", "named twice")]
    [InlineData("u*.tar", "No file is found")]
    [InlineData("s-0.tar.gz", "compressed")]
    [InlineData("gz", "compressed")]
    public void A_wrong_path_is_refused(string path, string message)
    {
        _folder.Write("s-0.tar", [1]);
        _folder.Write("s-0.tar.gz", [1]);
        _folder.Write("gz/s.tgz", [1]);
        Assert.Contains(message, Assert.Throws<RequestException>(() => new ArchivePaths(".tar").Find("data.path", _folder[path])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_index_in_the_cache_gives_the_same_data_and_a_damaged_one_is_made_again()
    {
        Write(_folder, "s.tar", 0, 11);
        string expected = DataFingerprint.Of(Load(_folder["s.tar"]));
        Assert.Equal(expected, DataFingerprint.Of(Cached()));
        string file = Assert.Single(Directory.GetFiles(_folder["cache"]));
        DateTime written = File.GetLastWriteTimeUtc(file);
        Assert.Equal(expected, DataFingerprint.Of(Cached()));
        Assert.Equal(written, File.GetLastWriteTimeUtc(file));
        byte[] index = File.ReadAllBytes(file);
        foreach (byte[] damaged in (byte[][])[[], index[..^1], [.. index[..30], (byte)(index[30] + 1), .. index[31..]]])
        {
            File.WriteAllBytes(file, damaged);
            Assert.Equal(expected, DataFingerprint.Of(Cached()));
            Assert.Equal(index, File.ReadAllBytes(file));
        }

        // Another label in the shard, with the same length and time.
        byte[] bytes = File.ReadAllBytes(_folder["s.tar"]);
        DateTime time = File.GetLastWriteTimeUtc(_folder["s.tar"]);
        int at = bytes.AsSpan().IndexOf(Image(5)) + Image(5).Length - 15;
        bytes[at] ^= 4;
        File.WriteAllBytes(_folder["s.tar"], bytes);
        File.SetLastWriteTimeUtc(_folder["s.tar"], time.AddTicks(1));
        Assert.NotEqual(expected, DataFingerprint.Of(Cached()));
        Assert.Equal(2, Directory.GetFiles(_folder["cache"]).Length);

        DataSplits Cached() => Load(_folder["s.tar"], o => o with { CacheFolder = _folder["cache"], MemoryMb = 0 });
    }

    [Fact]
    public void A_shard_that_changes_or_disappears_after_it_was_indexed_is_named_when_it_is_read()
    {
        Write(_folder, "s.tar", 0, 11);
        IDataset train = Load(_folder["s.tar"], o => o with { MemoryMb = 0 }).Train;
        using var buffer = new BatchBuffer(train.Fields, 2);
        byte[] bytes = File.ReadAllBytes(_folder["s.tar"]);
        bytes[bytes.AsSpan().IndexOf(Image(5)) + 40] ^= 4;
        File.WriteAllBytes(_folder["s.tar"], bytes);
        train.Gather([4, 6], ChannelScale.Identity, buffer);
        Problem changed = Refusal(() => train.Gather([4, 5], ChannelScale.Identity, buffer)).Problems.Single();
        Assert.Equal(("The image is not the one that was indexed", $"{_folder["s.tar"]}: 05.png"), (changed.Message, changed.Where));

        File.WriteAllBytes(_folder["s.tar"], bytes[..3000]);
        Assert.Contains("shorter", Refusal(() => train.Gather([9], ChannelScale.Identity, buffer)).Message, StringComparison.Ordinal);
        File.Delete(_folder["s.tar"]);
        Problem gone = Refusal(() => train.Gather([1], ChannelScale.Identity, buffer)).Problems.Single();
        Assert.StartsWith($"{_folder["s.tar"]}, byte ", gone.Where, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.Pax)]
    public void A_damaged_shard_is_read_or_refused_with_its_name(TarEntryFormat format)
    {
        string name = new('n', 120);
        byte[] shard = TarBytes.Of(format, [($"{name}.png", Image(1)), ($"{name}.json", "{\"y\": 1}"u8.ToArray()), ("b.png", Image(2)), ("b.json", "{\"y\": 0}"u8.ToArray())]);
        int refused = 0;
        foreach ((int number, byte[] bytes) in Mutations.Of(shard))
        {
            _folder.Write("s.tar", bytes);
            try
            {
                DatasetContent.Of(Load(_folder["s.tar"], o => o with { Label = "json", LabelField = "y" }).Train);
            }
            catch (RequestException refusal)
            {
                refused++;
                Assert.True(refusal.Problems[0].Where!.StartsWith(_folder["s.tar"], StringComparison.Ordinal), $"{number}: {refusal.Message}");
            }
        }

        Assert.InRange(refused, Mutations.Count / 2, Mutations.Count);
    }

    [Fact]
    public void Groups_are_found_in_the_names_of_samples_and_folds_divide_them()
    {
        _folder.Write("s.tar", TarBytes.Of(TarEntryFormat.Pax, [.. Enumerable.Range(0, 20).SelectMany(i => new[] { ($"p{i / 4}/{i}.png", Image(i)), ($"p{i / 4}/{i}.cls", Encoding.UTF8.GetBytes($"{i % 2}")) })]));
        DataSplits data = Load(_folder["s.tar"], o => o with { Group = "^p([0-9])/", Folds = 5, Fold = 2, ValidationFraction = 0.25 });
        string[][] groups = [.. data.Parts.Select(p => Enumerable.Range(0, p.Data.Count).Select(i => p.Data.Origin(i).Split(": ")[1][..2]).Distinct().ToArray())];
        Assert.Equal([3, 1, 1], groups.Select(g => g.Length));
        Assert.Equal(5, groups.SelectMany(g => g).Distinct().Count());
    }

    internal static byte[] Pixels(int i) => [.. Enumerable.Range(0, 15).Select(k => (byte)((i * 29) + (k * 17)))];

    internal static byte[] Image(int i) => ImageBytes.GreyPng(5, 3, Pixels(i));

    private static void Write(TemporaryFolder folder, string name, int from, int to)
        => folder.Write(name, TarBytes.Of(TarEntryFormat.Pax, [.. Enumerable.Range(from, to - from).SelectMany(i => new[] { ($"{i:00}.png", Image(i)), ($"{i:00}.cls", Encoding.UTF8.GetBytes($"{i % 3}")) })]));

    private static byte[] Linked((string Name, byte[] Content)[] good)
    {
        using var bytes = new MemoryStream();
        using (var writer = new TarWriter(bytes, TarEntryFormat.Gnu, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in good)
            {
                writer.WriteEntry(new GnuTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
            }

            writer.WriteEntry(new GnuTarEntry(TarEntryType.SymbolicLink, "c.png") { LinkName = "/etc/passwd" });
            writer.WriteEntry(new GnuTarEntry(TarEntryType.RegularFile, "c.cls") { DataStream = new MemoryStream("1"u8.ToArray()) });
        }

        return bytes.ToArray();
    }

    private static RequestException Refusal(Action action) => Assert.Throws<RequestException>(action);

    private static DataSplits Load(string path, Func<WebDataset.Options, WebDataset.Options>? with = null)
    {
        var options = new WebDataset.Options { Path = path, ValidationFraction = 0, Stratify = false };
        return WebDataset.Load(with?.Invoke(options) ?? options, new DatasetContext(4));
    }
}
