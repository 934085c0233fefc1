using System.Text;
using Regimen.Runs;
using Regimen.Tests.TestKit;
using Regimen.Tracking;

namespace Regimen.Tests.Tracking;

public sealed class TensorBoardTests
{
    private static readonly Pass Validation = new()
    {
        At = new(1, 300), Split = Pass.Validation, Samples = 20, Loss = 0.5, Metrics = new Dictionary<string, double> { ["accuracy"] = 0.875 }, Seconds = 0.5,
    };

    [Fact]
    public void The_checksum_used_by_the_tests_is_CRC_32C()
        => Assert.Equal(0xE3069283, TensorBoardBytes.Crc32C(Encoding.ASCII.GetBytes("123456789")));

    [Fact]
    public void The_file_has_a_version_then_tags_steps_values_and_times()
    {
        using var folder = new TemporaryFolder();
        StoppedClock clock = StoppedClock.AtNoon;
        using (TensorBoardWriter writer = TensorBoardWriter.Create(folder.FullPath, clock))
        {
            clock.Now = clock.Now.AddMilliseconds(1500);
            writer.Write(300, [("loss/train", 0.25), ("lr", 1e-3)]);
            writer.Write(5_000_000_000, [("größe", double.NaN)]);
        }

        string path = Assert.Single(Directory.GetFiles(folder.FullPath));
        double start = StoppedClock.AtNoon.Now.ToUnixTimeSeconds();
        Assert.StartsWith($"events.out.tfevents.{start}.", Path.GetFileName(path), StringComparison.Ordinal);
        IReadOnlyList<TensorBoardEvent> events = TensorBoardBytes.Read(path);
        Assert.Equal(3, events.Count);
        Assert.Equal(("brain.Event:2", start, 0), (events[0].FileVersion, events[0].WallTime, events[0].Values.Count));
        Assert.Equal((300, start + 1.5), (events[1].Step, events[1].WallTime));
        Assert.Equal([("loss/train", 0.25f), ("lr", 1e-3f)], events[1].Values);
        Assert.Equal(5_000_000_000, events[2].Step);
        Assert.Equal([("größe", float.NaN)], events[2].Values);
    }

    [Fact]
    public void Two_files_created_in_one_second_have_different_names()
    {
        using var folder = new TemporaryFolder();
        using TensorBoardWriter first = TensorBoardWriter.Create(folder.FullPath, StoppedClock.AtNoon);
        using TensorBoardWriter second = TensorBoardWriter.Create(folder.FullPath, StoppedClock.AtNoon);
        Assert.Equal(2, Directory.GetFiles(folder.FullPath).Length);
    }

    [Fact]
    public void A_pass_is_written_as_loss_metrics_and_learning_rate()
    {
        using var folder = new TemporaryFolder();
        var warnings = new List<string>();
        using (var observer = new TensorBoardObserver(folder.FullPath, StoppedClock.AtNoon, warnings.Add))
        {
            observer.Write(Validation);
            observer.Write(Validation with { Split = Pass.Train, Metrics = new Dictionary<string, double>(), Lr = 0.5 });
        }

        IReadOnlyList<TensorBoardEvent> events = TensorBoardBytes.Read(Directory.GetFiles(folder.FullPath)[0]);
        Assert.Equal([("loss/val", 0.5f), ("accuracy/val", 0.875f)], events[1].Values);
        Assert.Equal([("loss/train", 0.5f), ("lr", 0.5f)], events[2].Values);
        Assert.Equal([0, 300, 300], events.Select(e => e.Step));
        Assert.Empty(warnings);
    }

    [Fact]
    public void A_file_that_can_not_be_created_is_reported_once_and_does_not_throw()
    {
        using var folder = new TemporaryFolder();
        var warnings = new List<string>();
        using (var observer = new TensorBoardObserver(folder["none"], StoppedClock.AtNoon, warnings.Add))
        {
            observer.Write(Validation);
        }

        Assert.StartsWith("The TensorBoard file is no longer written", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_reported_once_and_does_not_throw()
    {
        using var disk = TinyDisk.Mount();
        var warnings = new List<string>();
        using (var observer = new TensorBoardObserver(disk[string.Empty], StoppedClock.AtNoon, warnings.Add))
        {
            disk.Fill();
            for (int i = 0; i < 500; i++)
            {
                observer.Write(Validation);
            }
        }

        Assert.Contains("events.out.tfevents", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_that_is_full_at_the_start_is_reported_once_whatever_is_shown()
    {
        using var disk = TinyDisk.Mount();
        disk.Fill();
        var warnings = new List<string>();
        var content = new TensorBoardContent { Config = new string('x', 100_000), Keys = new Dictionary<string, System.Text.Json.Nodes.JsonNode?> { ["a"] = 1 }, Results = ["val.loss"], Samples = () => throw new IOException("no samples") };
        using (var observer = new TensorBoardObserver(disk[string.Empty], StoppedClock.AtNoon, warnings.Add, content))
        {
            observer.Write(Validation);
            observer.Show(1, "test/mistakes", [new(1, 1, new byte[5000])], "one");
            observer.End(1, succeeded: true, Validation);
        }

        Assert.StartsWith("The TensorBoard file is no longer written", Assert.Single(warnings, w => !w.EndsWith("no samples", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal(2, warnings.Count);
    }

    [Fact]
    public void A_disk_that_is_full_on_dispose_is_reported()
    {
        using var disk = TinyDisk.Mount();
        var warnings = new List<string>();
        var observer = new TensorBoardObserver(disk[string.Empty], StoppedClock.AtNoon, warnings.Add);
        disk.Fill();
        observer.Write(Validation);
        Assert.Empty(warnings);
        observer.Dispose();
        Assert.Single(warnings);
    }
}
