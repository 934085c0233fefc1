using Regimen.Engine;
using Regimen.Reproducibility;

namespace Regimen.Tests.Engine;

/// <summary>Tests the choice of the number of threads on simulated machines, whose step times are known.</summary>
public sealed class ThreadPaceTests
{
    [Theory]
    [InlineData(2, new double[] { 500, 300 }, 1.05)]
    [InlineData(2, new double[] { 530, 900 }, 1.1)]
    [InlineData(2, new double[] { 500, 490 })]
    [InlineData(8, new double[] { 800, 420, 300, 230, 200, 180, 165, 150 })]
    [InlineData(8, new double[] { 800, 420, 300, 230, 200, 180, 165, 400 })]
    [InlineData(8, new double[] { 500, 520, 540, 560, 580, 600, 625, 650 })]
    [InlineData(5, new double[] { 100, 60, 58, 90, 130 })]
    public void A_training_takes_little_longer_than_with_the_better_fixed_number(int most, double[] times, double bound = 1.1)
    {
        double taken = Run(new ThreadPace(most), 100_000, n => times[n - 1]);
        Assert.InRange(taken / 100_000, 0, bound * times.Min());
    }

    /// <summary>The first comparison is made at once: two epochs of a small model have 2,000 steps.</summary>
    [Theory]
    [InlineData(new double[] { 250, 200 })]
    [InlineData(new double[] { 250, 360 })]
    public void A_short_training_takes_little_longer_too(double[] times)
        => Assert.InRange(Run(new ThreadPace(2), 2_000, n => times[n - 1]) / 2_000, 0, 1.1 * times.Min());

    /// <summary>A block that is fast by chance changes nothing: the machine's speed drifts by a tenth from block to block, and 2 threads are a fifth faster.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_machine_whose_speed_drifts_keeps_the_better_number(int seed)
    {
        RandomStream random = RandomStream.For((ulong)seed, RandomPurpose.Order);
        double drift = 1, taken = 0, atBest = 0;
        int step = 0;
        Run(new ThreadPace(2), 20_000, n =>
        {
            drift = step++ % 100 == 0 ? 0.85 + (random.NextInt32(300) / 1000.0) : drift;
            double time = drift * (n == 1 ? 250 : 200);
            (taken, atBest) = (taken + time, atBest + (drift * 200));
            return time;
        });
        Assert.InRange(taken / atBest, 1, 1.05);
    }

    [Fact]
    public void A_step_that_waits_now_and_then_for_a_busy_processor_is_measured_as_slow()
    {
        // Every step of one thread takes 530. With two, one in five waits for the other program's time slice.
        RandomStream random = RandomStream.For(3, RandomPurpose.Order);
        double taken = Run(new ThreadPace(2), 100_000, n => n == 1 ? 530 : random.NextInt32(5) == 0 ? 3_300 : 310);
        Assert.InRange(taken / 100_000, 0, 1.1 * 530);
    }

    [Fact]
    public void The_number_follows_a_load_that_comes_and_goes()
    {
        var pace = new ThreadPace(2);
        Run(pace, 10_000, n => n == 1 ? 500 : 300);
        Assert.Equal(2, pace.Next);
        Run(pace, 3_000, n => n == 1 ? 530 : 900);
        Assert.Equal(1, pace.Next);
        Run(pace, 6_000, n => n == 1 ? 530 : 900);
        Assert.Equal(1, pace.Next);

        // One thread alone does not show that the other processor is free again: the next comparison does.
        Run(pace, 10_000, n => n == 1 ? 520 : 300);
        Assert.Equal((2, 1, 2), (pace.Next, pace.Least, pace.Most));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    public void Steps_without_a_measurable_time_keep_all_threads(int most)
    {
        var pace = new ThreadPace(most);
        Run(pace, 500, _ => 0);
        Assert.Equal((most, most, most), (pace.Next, pace.Least, pace.Most));
    }

    private static double Run(ThreadPace pace, int steps, Func<int, double> timeOf)
    {
        double taken = 0;
        for (int step = 0; step < steps; step++)
        {
            double time = timeOf(pace.Next);
            pace.Add(time);
            taken += time;
        }

        return taken;
    }
}
