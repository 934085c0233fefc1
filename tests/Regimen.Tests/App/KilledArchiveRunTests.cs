using System.Formats.Tar;
using System.Globalization;
using System.Text;
using DuckDB.NET.Data;
using Regimen.Tests.TestKit;
using SkiaSharp;

namespace Regimen.Tests.App;

/// <summary>Runs on images in archives: killed in an epoch and resumed to the same bits, at a memory that does not depend on the size of the shards.</summary>
[Collection(OtherProcesses.Name)]
public sealed class KilledArchiveRunTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    public void Dispose() => _project.Dispose();

    [Theory]
    [InlineData("webdataset", "data.path=train-{0..1}.tar data.memory_mb=0 loader.workers=2 data.cache_folder=cache transforms.train=[horizontal_flip]")]
    [InlineData("webdataset", "data.path=train-*.tar average=ema")]
    [InlineData("parquet_images", "data.path=train.parquet data.memory_mb=0 data.cache_folder=cache")]
    public void A_run_that_is_killed_in_an_epoch_resumes_to_the_bits_of_an_uninterrupted_run(string data, string settings)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "kills runs for a minute: REGIMEN_LONG=1");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGKILL.");
        Write("train-0.tar", 0, 170, 30);
        Write("train-1.tar", 170, 301, 30);
        WriteParquet(301, 30);
        string[] command = ["train", $"data={data}", .. settings.Split(' '), "model=cnn", "trainer.epochs=3", "loader.batch_size=7", "checkpoint.every_steps=5", "early_stopping=none", "--quiet"];
        _project.DoAsProcess(command).Ends(0);
        string whole = _project.Run;
        RunBits expected = RunBits.Of(whole);
        for (int kill = 0; kill < 3; kill++)
        {
            using (CommandProcess process = CommandProcess.Regimen(_project.Folder.FullPath, command))
            {
                int checkpoint = 10 + (25 * kill);
                Assert.True(process.WaitUntil(() => Directory.GetDirectories(_project.Runs).Any(r => r != whole && Directory.Exists(Path.Combine(r, "checkpoints"))
                    && Directory.GetDirectories(Path.Combine(r, "checkpoints")).Any(c => c.Split('-')[^1] is var step && int.TryParse(step, CultureInfo.InvariantCulture, out int at) && at >= checkpoint))));
                process.KillNow();
            }

            string killed = Directory.GetDirectories(_project.Runs).Single(r => r != whole);
            _project.DoAsProcess("resume", killed, "--quiet").Ends(0);
            expected.AssertEqual(RunBits.Of(killed));
            Assert.Contains("identical", _project.DoAsProcess("verify", killed, "--quiet").Ends(0).Out, StringComparison.Ordinal);
            Directory.Delete(killed, recursive: true);
        }
    }

    [Fact]
    public void Memory_does_not_grow_with_the_archives()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "writes 600 MB of images: REGIMEN_LONG=1");
        Assert.SkipUnless(OperatingSystem.IsLinux(), "memory is read from /proc");
        for (int shard = 0; shard < 10; shard++)
        {
            Write($"large-{shard:00}.tar", shard * 300, (shard + 1) * 300, 300);
        }

        WriteParquet(3000, 300);
        double one = PeakOf("data=webdataset", "data.path=large-00.tar");
        double all = PeakOf("data=webdataset", "data.path=large-{00..09}.tar");
        string[] parquet = ["data=parquet_images", "data.path=train.parquet", "data.cache_folder=cache"];
        double copying = PeakOf(parquet);
        double copied = PeakOf(parquet);
        long bytes = Directory.GetFiles(_project.Folder.FullPath, "large-*.tar").Sum(f => new FileInfo(f).Length);
        TestContext.Current.TestOutputHelper!.WriteLine($"peak memory: one shard {one:0} MB, 10 shards of {bytes >> 20} MB {all:0} MB; Parquet while it is copied {copying:0} MB, then {copied:0} MB");
        Assert.InRange(bytes, 200L << 20, long.MaxValue);
        Assert.InRange(all - one, -1000, 60);
        Assert.InRange(copied - one, -1000, 60);
        Assert.InRange(copying - one, -1000, 1100);
    }

    private double PeakOf(params string[] data)
    {
        using CommandProcess process = CommandProcess.Regimen(
            _project.Folder.FullPath,
            ["train", .. data, "data.memory_mb=0", "data.size=[32]", "model=mlp", "trainer.epochs=1", "data.validation_fraction=0", "early_stopping=none", "loader.workers=2"]);
        double peak = 0;
        process.WaitUntil(() =>
        {
            try
            {
                string? line = File.ReadLines($"/proc/{process.Id}/status").FirstOrDefault(l => l.StartsWith("VmHWM", StringComparison.Ordinal));
                peak = line is null ? peak : double.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
            }
            catch (IOException)
            {
                // The process has ended.
            }

            return false;
        });
        process.WaitForEnd().Ends(0);
        return peak;
    }

    private void Write(string name, int from, int to, int side)
    {
        using FileStream file = File.Create(_project.Folder[name]);
        using var writer = new TarWriter(file, TarEntryFormat.Ustar);
        for (int i = from; i < to; i++)
        {
            writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"{i:000000}.jpg") { DataStream = new MemoryStream(Noise(i, side)) });
            writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"{i:000000}.cls") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes($"{i % 3}")) });
        }
    }

    private void WriteParquet(int rows, int side)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = "create table t (i integer, image blob)";
        command.ExecuteNonQuery();
        using (DuckDBAppender appender = connection.CreateAppender("t"))
        {
            for (int i = 0; i < rows; i++)
            {
                appender.CreateRow().AppendValue(i).AppendValue(Noise(i, side)).EndRow();
            }
        }

        command.CommandText = $"copy (select {{'bytes': image, 'path': null::varchar}} as image, i % 3 as label from t order by i) to '{_project.Folder["train.parquet"]}' (format parquet, row_group_size 2048)";
        command.ExecuteNonQuery();
    }

    /// <summary>A JPEG of noise, so that it stays large when compressed; its brightness depends on its class.</summary>
    private static byte[] Noise(int i, int side)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(side, side, SKColorType.Rgba8888, SKAlphaType.Opaque));
        Span<byte> pixels = bitmap.GetPixelSpan();
        uint state = (uint)(i + 1) * 2654435761u;
        for (int k = 0; k < pixels.Length; k++)
        {
            state = (state * 1664525u) + 1013904223u;
            pixels[k] = k % 4 == 3 ? (byte)255 : (byte)((state >> 25) + (60 * (i % 3)));
        }

        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 98);
        return data.ToArray();
    }
}
