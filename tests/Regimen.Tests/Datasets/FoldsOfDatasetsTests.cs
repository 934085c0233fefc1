using Regimen.Data;
using Regimen.Datasets;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

/// <summary>Groups and folds of every kind of data that has them.</summary>
public sealed class FoldsOfDatasetsTests : IDisposable
{
    private const int Samples = 47;
    private const int Folds = 3;
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Kinds => ["csv", "npy", "image_folder", "mnist"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void No_group_is_in_two_splits(string kind)
    {
        Write();
        DataSplits data = Load(kind, grouped: true, folds: null, fold: 1);
        int[][] parts = [.. data.Parts.Where(p => p.Name != "test" || kind != "mnist").Select(p => Numbers(kind, p.Data))];
        Assert.Equal(Enumerable.Range(0, Samples), parts.SelectMany(p => p).Order());
        Assert.Equal(7, parts.Sum(p => p.Select(GroupOf).Distinct().Count()));
        Assert.True(parts.Length >= 2);
        Assert.Empty(data.TestIndices);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_sample_is_in_the_test_set_of_one_fold(string kind)
    {
        Write();
        foreach (bool grouped in (ReadOnlySpan<bool>)[true, false])
        {
            var tested = new List<int>();
            for (int fold = 1; fold <= Folds; fold++)
            {
                DataSplits data = Load(kind, grouped, Folds, fold);
                int[][] parts = [.. data.Parts.Select(p => Numbers(kind, p.Data))];
                Assert.Equal(3, parts.Length);
                Assert.Equal(Enumerable.Range(0, Samples), parts.SelectMany(p => p).Order());
                Assert.Equal(grouped ? 7 : parts.Sum(p => p.Select(GroupOf).Distinct().Count()), parts.Sum(p => p.Select(GroupOf).Distinct().Count()));
                Assert.Equal(parts[2], data.TestIndices.Select(i => kind == "image_folder" ? InFolderOrder[i] : i));
                tested.AddRange(parts[2]);
                Assert.Equal(kind == "mnist", data.Notes.Any(n => n.Contains($"fold {fold} of {Folds}", StringComparison.Ordinal)));
            }

            Assert.Equal(Enumerable.Range(0, Samples), tested.Order());
        }
    }

    [Fact]
    public void The_column_of_groups_is_not_an_input_and_the_test_file_needs_none()
    {
        Write();
        _folder.Write("test.csv", "value,class\n1,c1\n3,c0\n");
        DataSplits data = Csv.Load(CsvOptions with { Group = "who", TestPath = _folder["test.csv"], TestFraction = 0 }, new DatasetContext(4));
        Assert.Equal(new SampleShape(1), data.Train.SampleShape);
        Assert.Equal(2, data.Test!.Count);
        Assert.Equal(["feature", "group", "target"], data.Table!.Value.Columns.Select(c => c.Role));

        // A column that is dropped as an input can still be the group.
        DataSplits dropped = Csv.Load(CsvOptions with { Group = "who", Drop = ["who"] }, new DatasetContext(4));
        Assert.Equal(new SampleShape(1), dropped.Train.SampleShape);
        DataSplits fold = Csv.Load(CsvOptions with { TestPath = _folder["test.csv"], Folds = 4, Drop = ["who"] }, new DatasetContext(4));
        Assert.Contains("test.csv is not used: the test set is fold 1 of 4 of the training data", Assert.Single(fold.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_its_place()
    {
        Write();
        _folder.Write("short.txt", "a\nb\n");
        _folder.Write("holes.txt", string.Concat(Enumerable.Range(0, Samples).Select(i => i == 30 ? " \n" : "a\n")));
        _folder.Write("binary.txt", [0xff, 0xfe, 0xfd]);
        _folder.Write("t2.csv", "value,who,class\n1,,c0\n2,b,c1\n3,b,c1\n4,c,c0\n");
        Refused("who", () => Csv.Load(CsvOptions with { Group = "whom" }, new(4)));
        Refused("t2.csv(2), column who", () => Csv.Load(CsvOptions with { Path = _folder["t2.csv"], Group = "who" }, new(4)));
        Refused("data.group and data.target", () => Csv.Load(CsvOptions with { Group = "class" }, new(4)));
        Refused("at most 7 folds", () => Csv.Load(CsvOptions with { Group = "who", Folds = 8 }, new(4)));
        Refused("1 to 3, as in data.folds=3", () => Csv.Load(CsvOptions with { Folds = 3, Fold = 4 }, new(4)));
        Refused("data.folds=N too", () => Csv.Load(CsvOptions with { Fold = 2 }, new(4)));
        Refused("samples of the largest class", () => Npy.Load(NpyOptions with { Folds = 30 }, new(4)));
        Refused("47 training samples", () => Npy.Load(NpyOptions with { Groups = "short.txt" }, new(4)));
        Refused("holes.txt(31)", () => Npy.Load(NpyOptions with { Groups = "holes.txt" }, new(4)));
        Refused("binary.txt", () => Npy.Load(NpyOptions with { Groups = "binary.txt" }, new(4)));
        Refused("nowhere.npy", () => Npy.Load(NpyOptions with { Groups = "nowhere.npy" }, new(4)));
        Refused("does not match", () => ImageFolder.Load(ImageOptions with { Group = "^dog" }, new(4)));
        Refused("not valid", () => ImageFolder.Load(ImageOptions with { Group = "(" }, new(4)));

        static void Refused(string part, Func<DataSplits> load) => Assert.Contains(part, Assert.Throws<RequestException>(load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_limit_takes_the_groups_of_its_samples()
    {
        Write();
        DataSplits data = Npy.Load(NpyOptions with { Groups = "groups.npy", Limit = 31, TestFraction = 0.3 }, new(9));
        int[][] parts = [.. data.Parts.Select(p => Numbers("npy", p.Data))];
        Assert.Equal(Enumerable.Range(0, 31), parts.SelectMany(p => p).Order());
        Assert.Equal(7, parts.Sum(p => p.Select(GroupOf).Distinct().Count()));
    }

    private static int GroupOf(int sample) => sample * 5 % 7;

    /// <summary>The samples in the order of an image folder: by class, then by name.</summary>
    private static int[] InFolderOrder { get; } = [.. Enumerable.Range(0, Samples).OrderBy(i => i % 2).ThenBy(i => $"g{GroupOf(i)}_{i:00}", StringComparer.Ordinal)];

    private Csv.Options CsvOptions => new() { Path = _folder["t.csv"], Target = ["class"], Scaling = TableScaling.None, ValidationFraction = 0.2, TestFraction = 0.25 };

    private Npy.Options NpyOptions => new() { Root = _folder.FullPath, Normalize = NpyNormalization.None };

    private ImageFolder.Options ImageOptions => new() { Root = _folder["images"] };

    private DataSplits Load(string kind, bool grouped, int? folds, int fold) => kind switch
    {
        "csv" => Csv.Load(CsvOptions with { Group = grouped ? "who" : null, Folds = folds, Fold = fold, Drop = grouped ? [] : ["who"] }, new(4)),
        "npy" => Npy.Load(NpyOptions with { Groups = grouped ? "groups.npy" : null, Folds = folds, Fold = fold }, new(4)),
        "image_folder" => ImageFolder.Load(ImageOptions with { Group = grouped ? "g([0-9]+)_" : null, Folds = folds, Fold = fold }, new(4)),
        _ => Mnist.Load(new Mnist.Options { Root = _folder["idx"], Groups = grouped ? "groups.txt" : null, Folds = folds, Fold = fold }, new(4)),
    };

    /// <summary>Returns the number of each sample, which is its value.</summary>
    private static int[] Numbers(string kind, IDataset data)
    {
        using var buffer = new BatchBuffer(data.Fields, data.Count);
        data.Gather([.. Enumerable.Range(0, data.Count)], ChannelScale.Identity, buffer);
        int size = data.SampleShape.Elements;
        return [.. Enumerable.Range(0, data.Count).Select(i => (int)Math.Round(buffer.Floats(Field.Input)[i * size] * (kind is "image_folder" or "mnist" ? 255 : 1)))];
    }

    private void Write()
    {
        int[] all = [.. Enumerable.Range(0, Samples)];
        _folder.Write("t.csv", "value,who,class\n" + string.Concat(all.Select(i => $"{i},{GroupOf(i)},c{i % 2}\n")));
        _folder.Write("x_train.npy", NpyBytes.Of([.. all.Select(i => (float)i)], Samples, 1));
        _folder.Write("y_train.npy", NpyBytes.Of([.. all.Select(i => (long)(i % 2))], Samples));
        _folder.Write("groups.npy", NpyBytes.Of([.. all.Select(i => (long)GroupOf(i))], Samples));
        foreach (int i in all)
        {
            _folder.Write($"images/{i % 2}/g{GroupOf(i)}_{i:00}.png", ImageBytes.GreyPng(2, 2, [(byte)i, (byte)i, (byte)i, (byte)i]));
        }

        foreach ((string part, int count) in (ReadOnlySpan<(string, int)>)[("train", Samples), ("t10k", 5)])
        {
            _folder.Write($"idx/{part}-images-idx3-ubyte", IdxBytes.Of(0x08, [count, 2, 2], [.. Enumerable.Range(0, count).SelectMany(i => Enumerable.Repeat((byte)i, 4))]));
            _folder.Write($"idx/{part}-labels-idx1-ubyte", IdxBytes.Of(0x08, [count], [.. Enumerable.Range(0, count).Select(i => (byte)(i % 2))]));
        }

        _folder.Write("idx/groups.txt", string.Concat(all.Select(i => $"group {GroupOf(i)}\n")));
    }
}
