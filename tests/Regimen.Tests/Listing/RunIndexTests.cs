using Microsoft.Data.Sqlite;
using Regimen.Listing;
using Regimen.Runs;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Listing;

/// <summary>Tests that the index changes the time of a list and nothing else. Files are made old, as an index does not trust fresh ones.</summary>
public sealed class RunIndexTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public RunIndexTests()
    {
        for (int i = 0; i < 7; i++)
        {
            MakeOld(MadeRuns.Make(_root, $"run-{i}", lr: 0.1 * i, loss: 0.1 * i, seed: (ulong)i, model: i % 2 == 0 ? "mlp" : "cnn"));
        }
    }

    private string Index => _root[RunIndex.FileName];

    [Fact]
    public void Rows_of_the_index_equal_those_of_the_folders()
    {
        string first = Read();
        Assert.True(File.Exists(Index));
        Assert.Equal(7L, Count());
        Assert.Equal(first, Read());
        Assert.Equal(first, Text(RunList.Read(_root.FullPath, TimeProvider.System, int.MaxValue)));
    }

    [Fact]
    public void An_entry_is_used_while_its_files_are_unchanged_and_read_again_afterwards()
    {
        Read();
        foreach (int i in (int[])[0, 2, 4, 6])
        {
            RunRow row = RunList.ReadOne(_root[$"run-{i}"]) with { Model = "fromindex" };
            Execute($"UPDATE runs SET row = x'{Convert.ToHexString(RowBytes.Write(row))}' WHERE path = 'run-{i}'");
        }

        Assert.Equal(4, RunList.Read(_root.FullPath, TimeProvider.System, 0).Rows.Count(r => r.Model == "fromindex"));
        File.AppendAllText(_root["run-0/metrics.jsonl"], "{\"step\":15,\"split\":\"val\",\"loss\":9}\n");
        new RunLabels { Tags = ["new"] }.Write(_root["run-2"]);
        File.SetLastWriteTimeUtc(_root["run-4/run.json"], new DateTime(2026, 2, 2, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(["fromindex"], RunList.Read(_root.FullPath, TimeProvider.System, 0).Rows.Where(r => r.Model == "fromindex").Select(r => r.Model));
    }

    [Fact]
    public void Every_field_of_a_row_is_kept()
    {
        var full = new RunRow
        {
            Damage = "d", Recorded = RunStatus.Interrupted, Reason = "r", Error = "e", Started = StoppedClock.AtNoon.GetUtcNow(), Ended = StoppedClock.AtNoon.GetUtcNow().AddTicks(7), Seconds = 1.5,
            Seed = ulong.MaxValue, Model = "m", Data = "da", Device = "cpu", Program = "p", Imported = "i", Parent = "pa", Parameters = 1L << 40, Epochs = 3, Steps = 1L << 33, Plan = new RunPlan(4, 5, 6), BestEpoch = 2,
            BestStep = 1L << 34, Monitor = "val.x", Best = -0.25, Values = new Dictionary<string, double?> { ["val.x"] = 0.1, ["val.y"] = null }, MetricModes = new Dictionary<string, string> { ["x"] = "min" },
            WeightsDigest = "w", Tags = ["a", "b"], Note = "n", Problems = ["q"],
        };
        Assert.DoesNotContain(typeof(RunRow).GetProperties().Where(p => p.CanWrite && p.Name is not ("Name" or "ShortName" or "Folder" or "IsLive" or "Config")), p => p.GetValue(full) is null or "" or 0);
        Assert.Equivalent(full, RowBytes.TryRead(RowBytes.Write(full)), strict: true);
        Assert.Equivalent(new RunRow(), RowBytes.TryRead(RowBytes.Write(new RunRow())), strict: true);
        byte[] bytes = RowBytes.Write(full);
        Assert.All(Enumerable.Range(0, bytes.Length), length => Assert.Null(RowBytes.TryRead(bytes[..length])));
    }

    [Fact]
    public void A_removed_run_leaves_the_index_and_a_new_one_enters()
    {
        Read();
        Directory.Delete(_root["run-3"], recursive: true);
        MakeOld(MadeRuns.Make(_root, "run-9"));
        Assert.Contains("run-9", Read(), StringComparison.Ordinal);
        Assert.Equal(7L, Count());
        Assert.Equal(Text(RunList.Read(_root.FullPath, TimeProvider.System, int.MaxValue)), Read());
    }

    [Fact]
    public void A_run_that_was_written_just_now_is_not_kept()
    {
        MadeRuns.Make(_root, "fresh");
        Read();
        Assert.Equal(7L, Count());
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("")]
    [InlineData("truncated")]
    [InlineData("half")]
    [InlineData("version")]
    [InlineData("rows")]
    [InlineData("foreign")]
    [InlineData("folder")]
    public void A_damaged_index_or_one_of_another_version_or_program_costs_time_and_nothing_else(string damage)
    {
        string expected = Read();
        switch (damage)
        {
            case "truncated":
                File.WriteAllBytes(Index, File.ReadAllBytes(Index)[..5000]);
                break;
            case "half":
                byte[] bytes = File.ReadAllBytes(Index);
                bytes.AsSpan(4096).Fill(0xA5);
                File.WriteAllBytes(Index, bytes);
                break;
            case "version":
                Execute("PRAGMA user_version = 999; DROP TABLE runs");
                break;
            case "rows":
                Execute("UPDATE runs SET row = CAST('{' AS BLOB)");
                break;
            case "foreign":
                Execute("PRAGMA application_id = 7; DROP TABLE runs");
                break;
            case "folder":
                File.Delete(Index);
                Directory.CreateDirectory(Index);
                break;
            default:
                File.WriteAllText(Index, damage);
                break;
        }

        Assert.Equal(expected, Read());
        Assert.Equal(expected, Read());
        if (damage is not ("foreign" or "folder"))
        {
            Assert.Equal(7L, Count());
        }
    }

    [Fact]
    public void A_locked_index_is_bypassed()
    {
        string expected = Read();
        File.AppendAllText(_root["run-0/metrics.jsonl"], "\n");
        MakeOld(_root["run-0"]);
        using SqliteConnection other = Connect();
        using SqliteCommand command = other.CreateCommand();
        command.CommandText = "BEGIN EXCLUSIVE";
        command.ExecuteNonQuery();
        Assert.Equal(expected.Length, Read().Length);
    }

    [Fact]
    public void A_link_in_place_of_the_index_is_not_followed()
    {
        using var elsewhere = new TemporaryFolder();
        File.CreateSymbolicLink(Index, elsewhere["victim"]);
        Read();
        Assert.False(File.Exists(elsewhere["victim"]));
    }

    [Fact]
    public void A_folder_without_write_permission_is_listed()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Permissions of folders are tested on Unix.");
            return;
        }

        string expected = Read();
        File.SetUnixFileMode(_root.FullPath, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.SetUnixFileMode(Index, UnixFileMode.UserRead);
        try
        {
            Assert.Equal(expected, Read());
        }
        finally
        {
            File.SetUnixFileMode(_root.FullPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public async Task Several_lists_at_once_agree()
    {
        string expected = Text(RunList.Read(_root.FullPath, TimeProvider.System, int.MaxValue));
        string[] all = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(Read)));
        Assert.All(all, one => Assert.Equal(expected, one));
        Assert.Equal(expected, Read());
    }

    public void Dispose() => _root.Dispose();

    private static string Text(RunList list) => string.Join('\n', list.Rows.Select(r => $"{r.Name} {r.ShortName} {r.Status} {r.Model} {r.Seed} {r.Best} {string.Join(',', r.Values)} {string.Join(',', r.Config.Keys.Select(k => r.Config[k]))} {string.Join(',', r.Tags)} {r.Plan}"));

    private static void MakeOld(string folder)
    {
        foreach (string file in Directory.GetFiles(folder))
        {
            File.SetLastWriteTimeUtc(file, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }
    }

    private string Read() => Text(RunList.Read(_root.FullPath, TimeProvider.System, leastForIndex: 0));

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={Index};Pooling=False");
        connection.Open();
        return connection;
    }

    private void Execute(string text)
    {
        using SqliteConnection connection = Connect();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    private long Count()
    {
        using SqliteConnection connection = Connect();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM runs";
        return (long)command.ExecuteScalar()!;
    }
}
