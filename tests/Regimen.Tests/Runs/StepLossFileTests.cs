using Regimen.Runs;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Runs;

public sealed class StepLossFileTests
{
    [Fact]
    public void Losses_are_little_endian_floats_without_a_header()
    {
        using var folder = new TemporaryFolder();
        using (StepLossFile file = StepLossFile.Open(folder["steps.f32"]))
        {
            file.Append(1);
            file.Append(-2.5f);
        }

        Assert.Equal([0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0], File.ReadAllBytes(folder["steps.f32"]));
        Assert.Equal([1f, -2.5f], StepLossFile.ReadAll(folder["steps.f32"]));
    }

    [Fact]
    public void More_losses_than_the_buffer_holds_are_read_back_bit_for_bit()
    {
        using var folder = new TemporaryFolder();
        float[] losses = [.. Enumerable.Range(0, 10_001).Select(i => 1f / (i + 3)), float.NaN, float.Epsilon];
        using (StepLossFile file = StepLossFile.Open(folder["steps.f32"]))
        {
            foreach (float loss in losses)
            {
                file.Append(loss);
            }

            Assert.Equal(losses.Length, file.Count);
        }

        Assert.Equal(losses, StepLossFile.ReadAll(folder["steps.f32"]));
    }

    [Fact]
    public void Losses_are_readable_after_a_flush()
    {
        using var folder = new TemporaryFolder();
        using StepLossFile file = StepLossFile.Open(folder["steps.f32"]);
        file.Append(1);
        Assert.Empty(StepLossFile.ReadAll(folder["steps.f32"]));
        file.Flush();
        file.FlushToDisk();
        Assert.Equal([1f], StepLossFile.ReadAll(folder["steps.f32"]));
    }

    [Fact]
    public void The_file_is_cut_back_to_the_step_of_a_resumed_run()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("steps.f32", [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40, 0xFF]);
        using (StepLossFile file = StepLossFile.Open(path, steps: 2))
        {
            Assert.Equal(2, file.Count);
            file.Append(9);
        }

        Assert.Equal([1f, 2f, 9f], StepLossFile.ReadAll(path));
        StepLossFile.Open(path).Dispose();
        Assert.Empty(StepLossFile.ReadAll(path));
    }

    [Fact]
    public void A_file_shorter_than_the_run_is_refused_and_unchanged()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("steps.f32", new byte[11]);
        Problem problem = Assert.Throws<RequestException>(() => StepLossFile.Open(path, steps: 3)).Problems[0];
        Assert.Equal((path, "3 losses", "2"), (problem.Where, problem.Expected, problem.Received));
        Assert.Equal(11, new FileInfo(path).Length);
        Assert.Throws<RequestException>(() => StepLossFile.Open(folder["none"], steps: 3));
        Assert.False(File.Exists(folder["none"]));
    }

    [Fact]
    public void An_incomplete_loss_is_not_read()
    {
        using var folder = new TemporaryFolder();
        float[] losses = [.. Enumerable.Range(0, 40_003).Select(i => i / 7f)];
        foreach (int extra in (int[])[0, 1, 2, 3])
        {
            string path = folder.Write("steps.f32", [.. losses.SelectMany(BitConverter.GetBytes), .. new byte[extra]]);
            Assert.Equal(losses, StepLossFile.ReadAll(path));
        }
    }

    [Fact]
    public void Losses_are_written_after_at_most_one_second()
    {
        using var folder = new TemporaryFolder();
        var clock = new SteppedTime();
        using StepLossFile file = StepLossFile.Open(folder["steps.f32"], time: clock);
        file.Append(1);
        clock.Elapsed += TimeSpan.FromMilliseconds(999);
        file.Append(2);
        Assert.Empty(StepLossFile.ReadAll(folder["steps.f32"]));
        clock.Elapsed += TimeSpan.FromMilliseconds(1);
        file.Append(3);
        Assert.Equal([1, 2, 3], StepLossFile.ReadAll(folder["steps.f32"]));
        file.Append(4);
        Assert.Equal(3, StepLossFile.ReadAll(folder["steps.f32"]).Length);
    }

    /// <summary>A time provider whose elapsed time a test sets.</summary>
    private sealed class SteppedTime : TimeProvider
    {
        public TimeSpan Elapsed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Elapsed.Ticks;
    }

    [Fact]
    public void A_full_disk_is_reported_at_the_flush_and_not_again_at_dispose()
    {
        using var disk = TinyDisk.Mount();
        using StepLossFile file = StepLossFile.Open(disk["steps.f32"]);
        disk.Fill();
        for (int i = 0; i < 4096; i++)
        {
            file.Append(1);
        }

        Problem problem = Assert.Throws<WorkFailedException>(file.Flush).Problem;
        Assert.Equal(disk["steps.f32"], problem.Where);
        Assert.Contains("Free space", problem.Hint, StringComparison.Ordinal);
    }
}
