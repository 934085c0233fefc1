using System.Diagnostics;
using DuckDB.NET.Data;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Loading;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>A Parquet file of 10 million rows, trained at constant memory and resumed at row 9 million.</summary>
public sealed class LargeTableTests : IDisposable
{
    private const int Rows = 10_000_000;
    private const int BatchSize = 1000;
    private readonly ProjectFolder _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void Ten_million_rows_are_trained_at_constant_memory_and_resumed_at_row_nine_million()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "writes 2 GB and trains for some minutes: REGIMEN_LONG=1");
        Assert.SkipUnless(OperatingSystem.IsLinux(), "memory is read from /proc");
        Write(Rows, "large.parquet");
        Write(1000, "small.parquet");
        double small = PeakOf("data.path=small.parquet", "trainer.epochs=1");
        string[] settings =
        [
            "data.path=large.parquet", "data.cache_folder=cache", "data.test_fraction=0", "data.validation_fraction=0.01", $"loader.batch_size={BatchSize}", "trainer.epochs=1",
        ];
        double writing = PeakOf([.. settings, "trainer.max_steps=10"]);
        string killed;
        using (CommandProcess process = Start([.. settings, "checkpoint.every_steps=9000"]))
        {
            Assert.True(process.WaitUntil(() => Directory.Exists(_project.Runs) && Directory.GetDirectories(_project.Runs).Any(r => Directory.Exists(Path.Combine(r, "checkpoints", "epoch-0001-step-009000")))));
            process.KillNow();
            killed = Directory.GetDirectories(_project.Runs).Single(r => Directory.Exists(Path.Combine(r, "checkpoints", "epoch-0001-step-009000")));
        }

        _project.DoAsProcess("resume", killed).Ends(0);
        Assert.Contains("identical", _project.DoAsProcess("verify", killed).Ends(0).Out, StringComparison.Ordinal);

        // The same without the start of a process and of libtorch: the data is opened, and the batch after row 9 million read.
        long start = Stopwatch.GetTimestamp();
        DataSplits data = Parquet.Load(
            new() { Path = _project.Folder["large.parquet"], Target = ["y"], CacheFolder = _project.Folder["cache"], TestFraction = 0, ValidationFraction = 0.01 },
            new DatasetContext(42) { Target = TargetKind.ClassIndex });
        using DataLoader loader = DataLoader.ForTraining(data.Train, new LoaderOptions { BatchSize = BatchSize });
        using (IEnumerator<Batch> batches = loader.Epoch(42, 1, first: 9000).GetEnumerator())
        {
            Assert.True(batches.MoveNext());
        }

        TimeSpan resumed = Stopwatch.GetElapsedTime(start);
        double training = PeakOf(settings);
        TestContext.Current.SendDiagnosticMessage($"peak memory: 1000 rows {small:0} MB, 10 million when the cache is written {writing:0} MB, and in training {training:0} MB; opened and at row 9 million in {resumed.TotalSeconds:0.00} s");
        Assert.InRange(writing - small, 0, 600);
        Assert.InRange(training - small, 0, 600);
        Assert.Single(Directory.GetFiles(_project.Folder["cache"]));
    }

    private CommandProcess Start(params string[] more) => CommandProcess.Regimen(_project.Folder.FullPath, ["train", "data=parquet", "data.target=[y]", .. more]);

    /// <summary>The peak of a training's resident memory in MB.</summary>
    private double PeakOf(params string[] more)
    {
        using CommandProcess process = Start(more);
        double peak = 0;
        process.WaitUntil(() =>
        {
            try
            {
                string? line = File.ReadLines($"/proc/{process.Id}/status").FirstOrDefault(l => l.StartsWith("VmHWM", StringComparison.Ordinal));
                peak = line is null ? peak : double.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) / 1024;
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

    private void Write(int rows, string name)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        string columns = string.Join(", ", Enumerable.Range(0, 18).Select(c => $"(hash(i * 31 + {c}) % 100000)::float / 1000 as x{c}"));
        command.CommandText = $"""
            copy (select {columns}, case when hash(i + 7) % 100 < 50 then 'a' when hash(i + 7) % 100 < 80 then 'b' else 'c' end as c,
              case when hash(i * 31) % 100000 > 50000 then 'yes' else 'no' end as y from range({rows}) t(i)) to '{_project.Folder[name]}' (row_group_size 122880)
            """;
        command.ExecuteNonQuery();
    }
}
