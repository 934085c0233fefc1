using System.Globalization;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using DuckDB.NET.Data;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Tests.TestKit;
using Field = Regimen.Data.Field;

namespace Regimen.Tests.Datasets;

/// <summary>Tables in Parquet and Arrow files, in memory and as cached rows.</summary>
public sealed class ParquetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Parquet_files_of_a_pattern_give_the_samples_of_the_csv_file()
    {
        _folder.Write("t.csv", Encoding.UTF8.GetBytes(Rows(3001)));
        DataSplits csv = Csv.Load(new() { Path = _folder["t.csv"], Target = ["y"] }, new DatasetContext(3));
        Write("p [1]*.parquet", "true");
        Assert.Equal(DataFingerprint.Of(csv), DataFingerprint.Of(Load("p [1]*.parquet")));
        Write("part-a.parquet", "id < 1100");
        Write("part-b.parquet", "id >= 1100");
        Assert.Equal(DataFingerprint.Of(csv), DataFingerprint.Of(Load("part-?.parquet")));
    }

    [Theory]
    [InlineData(TableCategories.OneHot, TargetKind.ClassIndex, "y")]
    [InlineData(TableCategories.Codes, TargetKind.Values, "z")]
    public void Cached_rows_are_the_samples_in_memory(TableCategories categories, TargetKind kind, string target)
    {
        // More than one block of rows, and nothing divides evenly.
        _folder.Write("t.csv", Encoding.UTF8.GetBytes(Rows(70_003)));
        Write("t.parquet", "true");
        DataSplits memory = Load("t.parquet", o => o with { Categories = categories, Target = [target], Drop = ["id"] }, kind);
        DataSplits cached = Load("t.parquet", o => o with { Categories = categories, Target = [target], Drop = ["id"], CacheFolder = _folder["cache"] }, kind);
        Assert.Equal(memory.Encoding!.ToJsonString(), cached.Encoding!.ToJsonString());
        foreach (((string name, IDataset inMemory), (_, IDataset inFile)) in memory.Parts.Zip(cached.Parts))
        {
            Assert.Equal((name, inMemory.Count), (name, inFile.Count));
            Assert.Equal(inMemory.Fields.Select(f => f.ToString()), inFile.Fields.Select(f => f.ToString()));
            int[] indices = [.. Enumerable.Range(0, 333).Select(i => (int)(i * 7919L % inMemory.Count))];
            using BatchBuffer a = Read(inMemory, indices);
            using BatchBuffer b = Read(inFile, indices);
            foreach (Field field in inMemory.Fields)
            {
                if (field.Type == ElementType.Float32)
                {
                    Assert.Equal(a.Floats(field.Name).ToArray(), b.Floats(field.Name).ToArray());
                }
                else
                {
                    Assert.Equal(a.Longs(field.Name).ToArray(), b.Longs(field.Name).ToArray());
                }
            }
        }
    }

    [Fact]
    public void A_cache_is_used_again_and_another_one_written_for_other_data()
    {
        _folder.Write("t.csv", Encoding.UTF8.GetBytes(Rows(501)));
        Write("t.parquet", "true");
        string first = DataFingerprint.Of(Cached());
        string file = Assert.Single(Directory.GetFiles(_folder["cache"]));
        DateTime written = File.GetLastWriteTimeUtc(file);
        Assert.Equal(first, DataFingerprint.Of(Cached()));
        Assert.Equal(written, File.GetLastWriteTimeUtc(file));
        File.Delete(file);
        Assert.Equal(first, DataFingerprint.Of(Cached()));

        Write("t.parquet", "id <> 17");
        Assert.NotEqual(first, DataFingerprint.Of(Cached()));
        Assert.Equal(2, Directory.GetFiles(_folder["cache"]).Length);

        foreach (string damaged in Directory.GetFiles(_folder["cache"]))
        {
            using var stream = new FileStream(damaged, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            stream.SetLength(stream.Length - 5);
        }

        Assert.Contains("damaged", Assert.Throws<RequestException>(Cached).Message, StringComparison.Ordinal);

        DataSplits Cached() => Load("t.parquet", o => o with { CacheFolder = _folder["cache"] });
    }

    [Fact]
    public void What_a_cache_can_not_have_is_refused()
    {
        _folder.Write("t.csv", Encoding.UTF8.GetBytes(Rows(51)));
        Write("t.parquet", "true");
        RequestException refused = Assert.Throws<RequestException>(() => Load("t.parquet", o => o with { CacheFolder = _folder["cache"], Missing = MissingPolicy.DropRow, TestPath = _folder["t.parquet"] }));
        Assert.Equal(["data.test_path", "data.missing"], refused.Problems.Select(p => p.Where));
        Assert.False(Directory.Exists(_folder["cache"]));
    }

    [Fact]
    public void A_cache_folder_that_can_not_be_written_is_refused()
    {
        _folder.Write("t.csv", Encoding.UTF8.GetBytes(Rows(51)));
        Write("t.parquet", "true");
        RequestException refused = Assert.Throws<RequestException>(() => Load("t.parquet", o => o with { CacheFolder = _folder["t.csv"] }));
        Assert.Equal("data.cache_folder", Assert.Single(refused.Problems).Where);
    }

    [Fact]
    public void A_file_that_is_not_parquet_is_refused_without_a_word_of_queries()
    {
        _folder.Write("no.parquet", "hello"u8.ToArray());
        string message = Assert.Throws<RequestException>(() => Load("no.parquet")).Message;
        Assert.Contains("Unable to read the files", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_arrow_file_gives_the_samples_of_the_csv_file()
    {
        _folder.Write("t.csv", Encoding.UTF8.GetBytes(Rows(233)));
        string[][] cells = [.. Rows(233).Trim().Split('\n').Skip(1).Select(l => l.Split(','))];
        RecordBatch Batch(string[][] rows) => new RecordBatch.Builder()
            .Append("id", false, a => a.Int32(b => b.AppendRange(rows.Select(r => int.Parse(r[0], CultureInfo.InvariantCulture)))))
            .Append("x", false, a => a.Double(b => b.AppendRange(rows.Select(r => double.Parse(r[1], CultureInfo.InvariantCulture)))))
            .Append("z", false, a => a.Float(b => b.AppendRange(rows.Select(r => float.Parse(r[2], CultureInfo.InvariantCulture)))))
            .Append("c", false, a => a.String(b => b.AppendRange(rows.Select(r => r[3]))))
            .Append("y", false, a => a.String(b => b.AppendRange(rows.Select(r => r[4]))))
            .Build();
        RecordBatch[] batches = [Batch(cells[..100]), Batch(cells[100..])];
        WriteArrow(batches);
        DataSplits csv = Csv.Load(new() { Path = _folder["t.csv"], Target = ["y"] }, new DatasetContext(3));
        Assert.Equal(DataFingerprint.Of(csv), DataFingerprint.Of(Load("t.arrow")));
        byte[] bytes = File.ReadAllBytes(_folder["t.arrow"]);
        foreach (byte[] damaged in (byte[][])[bytes[..^9], bytes[..100], [], "PAR1"u8.ToArray()])
        {
            _folder.Write("t.arrow", damaged);
            Assert.Throws<RequestException>(() => Load("t.arrow"));
            _folder.Write("t.parquet", damaged);
            Assert.Throws<RequestException>(() => Load("t.parquet"));
        }

        WriteArrow(batches, new IpcOptions { CompressionCodec = CompressionCodecType.Zstd, CompressionCodecFactory = new Uncompressed() });
        Problem compressed = Assert.Throws<RequestException>(() => Load("t.arrow")).Problems[0];
        Assert.Equal(("The Arrow file is compressed", "Zstd"), (compressed.Message, compressed.Received));
    }

    private static string Rows(int count)
    {
        var text = new StringBuilder("id,x,z,c,y\n");
        for (int i = 0; i < count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{i},{(i * 37L % 101) / 7.0},{((long)i * i % 53) - 20.5},{"uvw"[(int)(i * 5L % 3)]},{(i * 7L % 11 < 5 ? "neg" : "pos")}\n");
        }

        return text.ToString();
    }

    private static BatchBuffer Read(IDataset set, int[] indices)
    {
        var buffer = new BatchBuffer(set.Fields, indices.Length);
        set.Gather(indices, ChannelScale.Identity, buffer);
        return buffer;
    }

    private void Write(string name, string where)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"copy (select * from '{_folder["t.csv"]}' where {where} order by id) to '{_folder[name]}' (row_group_size 2048)";
        command.ExecuteNonQuery();
    }

    private DataSplits Load(string path, Func<Parquet.Options, Parquet.Options>? change = null, TargetKind kind = TargetKind.Other)
    {
        var options = new Parquet.Options { Path = _folder[path], Target = ["y"] };
        return Parquet.Load(change?.Invoke(options) ?? options, new DatasetContext(3) { Target = kind });
    }

    private void WriteArrow(RecordBatch[] batches, IpcOptions? options = null)
    {
        using FileStream stream = File.Create(_folder["t.arrow"]);
        using var writer = new ArrowFileWriter(stream, batches[0].Schema, leaveOpen: true, options);
        foreach (RecordBatch batch in batches)
        {
            writer.WriteRecordBatch(batch);
        }

        writer.WriteEnd();
    }

    /// <summary>A codec that copies: only the mark of the compression matters.</summary>
    private sealed class Uncompressed : ICompressionCodecFactory, ICompressionCodec
    {
        public ICompressionCodec CreateCodec(CompressionCodecType compressionCodecType) => this;

        public ICompressionCodec CreateCodec(CompressionCodecType compressionCodecType, int? compressionLevel) => this;

        public void Compress(ReadOnlyMemory<byte> source, Stream destination) => destination.Write(source.Span);

        public int Decompress(ReadOnlyMemory<byte> source, Memory<byte> destination) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
