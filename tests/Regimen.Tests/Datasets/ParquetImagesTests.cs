using System.Globalization;
using System.Text;
using DuckDB.NET.Data;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

/// <summary>Tests encoded images in Parquet files.</summary>
public sealed class ParquetImagesTests : IDisposable
{
    private const string Names = """{"info": {"features": {"image": {"_type": "Image"}, "label": {"names": ["bird", "boat", "cow"], "_type": "ClassLabel"}}}}""";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_same_images_in_a_folder_and_in_parquet_files_give_the_same_run()
    {
        using var project = new ProjectFolder();
        for (int i = 0; i < 23; i++)
        {
            project.Folder.Write($"images/{(i < 9 ? "bird" : i < 21 ? "boat" : "cow")}/{i:00}.png", WebDatasetTests.Image(i));
        }

        string image = "{'bytes': image, 'path': 'x.png'}";
        Write(project.Folder, "train-00000-of-00002.parquet", 0, 10, image, "(case when i < 9 then 0 else 1 end)::bigint", Names);
        Write(project.Folder, "train-00001-of-00002.parquet", 10, 23, image, "(case when i < 21 then 1 else 2 end)::bigint", Names);
        string expected = Digest("data=image_folder", $"data.root={project.Folder["images"]}");
        string[] parquet = ["data=parquet_images", $"data.path={project.Folder["train-*-of-00002.parquet"]}"];
        Assert.Equal(expected, Digest(parquet));
        Assert.Equal(expected, Digest([.. parquet, "data.memory_mb=0", "loader.workers=2"]));
        Assert.Equal(expected, Digest([.. parquet, "data.memory_mb=0", $"data.cache_folder={project.Folder["cache"]}"]));
        Assert.Contains("identical", project.Do("verify", "latest").Ends(0).Out, StringComparison.Ordinal);
        Assert.Equal(4, Directory.GetFiles(project.Folder["cache"]).Length);
        Assert.Contains(project.Do("predict", "latest", project.Folder["images/cow/22.png"]).Ends(0).Lines[1].Split(',')[1], new[] { "bird", "boat", "cow" });

        string Digest(params string[] data) => project.Do(["train", .. data, "data.test_fraction=0.2", "model=mlp", "trainer.epochs=2", "early_stopping=none", "loader.batch_size=4", "seed=3", "threads=1", "--json"])
            .Ends(0).Json["weights_digest"]!.ToString();
    }

    [Fact]
    public void Plain_bytes_and_texts_are_read_with_or_without_a_cache_and_the_cache_is_used_again()
    {
        Write(_folder, "a.parquet", 0, 13, "image", "'kind ' || i % 2");
        DataSplits plain = Load("a.parquet");
        Assert.Equal(["kind 0", "kind 1"], plain.Train.Classes);
        Assert.Equal(Enumerable.Range(0, 13).Select(i => i % 2), plain.Train.Labels);
        Assert.Equal($"{_folder["a.parquet"]}, row 12, counted from 0", plain.Train.Origin(12));
        Assert.Equal(Enumerable.Range(0, 13).SelectMany(WebDatasetTests.Pixels), DatasetContent.Of(plain.Train).Pixels);

        string fingerprint = DataFingerprint.Of(plain);
        DataSplits cached = Cached();
        Assert.Equal(fingerprint, DataFingerprint.Of(cached));
        Assert.Equal(Enumerable.Range(0, 13).SelectMany(WebDatasetTests.Pixels), DatasetContent.Of(cached.Train).Pixels);
        string images = Directory.GetFiles(_folder["cache"], "*.images").Single();
        DateTime written = File.GetLastWriteTimeUtc(images);
        Assert.Equal(fingerprint, DataFingerprint.Of(Cached()));
        Assert.Equal(written, File.GetLastWriteTimeUtc(images));

        byte[] good = File.ReadAllBytes(images);
        File.WriteAllBytes(images, [.. good[..^20], (byte)~good[^20], .. good[^19..]]);
        Assert.Contains("data.cache_folder", Assert.Throws<RequestException>(() => DatasetContent.Of(Cached().Train)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(images, good[..^1]);
        Assert.Equal(fingerprint, DataFingerprint.Of(Cached()));
        Assert.Equal(good, File.ReadAllBytes(images));

        DataSplits Cached() => Load("a.parquet", o => o with { CacheFolder = _folder["cache"], MemoryMb = 0 });
    }

    [Theory]
    [InlineData("image", "i % 2", "data.image=picture", "no column picture")]
    [InlineData("image", "i % 2", "data.label=lable", "no column lable")]
    [InlineData("i", "i % 2", "", "has no images")]
    [InlineData("{'path': 'x'}", "i % 2", "", "has no images")]
    [InlineData("image", "[i]", "", "has no labels")]
    [InlineData("case when i = 3 then null else image end", "i % 2", "", "row has no image")]
    [InlineData("{'bytes': case when i = 3 then null else image end, 'path': 'x'}", "i % 2", "", "row has no image")]
    [InlineData("image", "nullif(i % 2, 1)", "", "row has no label")]
    [InlineData("image", "i % 2 - 1", "", "out of range")]
    [InlineData("image", "i / 2", "", "not a whole one")]
    [InlineData("case when i = 3 then 'no'::blob else image end", "i % 2", "", "not a readable image")]
    [InlineData("image", "case when i = 3 then 'x' else i::varchar end", "", "Some labels are whole numbers")]
    [InlineData("image", "1", "data.classes=[a]", "fewer than two classes")]
    [InlineData("image", "i % 2", "data.classes=[a,a]", "named twice")]
    public void Wrong_columns_and_rows_are_refused(string image, string label, string setting, string message)
    {
        Write(_folder, "a.parquet", 0, 5, image, label);
        string[] parts = setting.Split('=');
        RequestException refused = Assert.Throws<RequestException>(() => Load("a.parquet", o => parts[0] switch
        {
            "data.image" => o with { Image = parts[1] },
            "data.label" => o with { Label = parts[1] },
            "data.classes" => o with { Classes = parts[1].Trim('[', ']').Split(',') },
            _ => o,
        }));
        Assert.Contains(message, refused.Problems[0].Message, StringComparison.Ordinal);
        Assert.NotNull(refused.Problems[0].Where);
    }

    [Fact]
    public void Files_that_are_not_parquet_are_refused()
    {
        Write(_folder, "a.parquet", 0, 5, "image", "i % 2");
        byte[] bytes = File.ReadAllBytes(_folder["a.parquet"]);
        foreach (byte[] wrong in (byte[][])[[], "hello"u8.ToArray(), bytes[..^9], bytes[9..]])
        {
            _folder.Write("b.parquet", wrong);
            Problem problem = Assert.Throws<RequestException>(() => Load("b.parquet")).Problems[0];
            Assert.StartsWith(_folder["b.parquet"], problem.Where, StringComparison.Ordinal);
        }
    }

    private static void Write(TemporaryFolder folder, string name, int from, int to, string image, string label, string? metadata = null)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        var rows = new StringBuilder();
        for (int i = from; i < to; i++)
        {
            rows.Append(CultureInfo.InvariantCulture, $"{(i == from ? "" : ", ")}({i}, from_hex('{Convert.ToHexString(WebDatasetTests.Image(i))}'))");
        }

        string options = metadata is null ? "" : $", kv_metadata {{huggingface: '{metadata}'}}";
        command.CommandText = $"copy (select {image} as image, {label} as label from (values {rows}) t(i, image) order by i) to '{folder[name]}' (format parquet, row_group_size 2048{options})";
        command.ExecuteNonQuery();
    }

    private DataSplits Load(string name, Func<ParquetImages.Options, ParquetImages.Options>? with = null)
    {
        var options = new ParquetImages.Options { Path = _folder[name], ValidationFraction = 0 };
        return ParquetImages.Load(with?.Invoke(options) ?? options, new DatasetContext(4));
    }
}
