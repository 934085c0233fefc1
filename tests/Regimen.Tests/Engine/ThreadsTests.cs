using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Tests.Engine;

public sealed class ThreadsTests : IDisposable
{
    public void Dispose() => Threads.Use(1);

    [Fact]
    public void The_component_that_splits_the_work_has_the_threads()
    {
        Threads.Use(3, SharedBy.Layers);
        Assert.Equal((3, 3, 1), (Threads.Current, Threads.Parts, get_num_threads()));
        Threads.Use(2);
        Assert.Equal((2, 1, 2), (Threads.Current, Threads.Parts, get_num_threads()));
        Threads.Use(1, SharedBy.Layers);
        Assert.Equal((1, 1, 1), (Threads.Current, Threads.Parts, get_num_threads()));
        Assert.Throws<ArgumentOutOfRangeException>(() => Threads.Use(0));
    }

    [Fact]
    public void Each_part_runs_exactly_once()
    {
        using var team = new ThreadTeam(4, () => { });
        int[] done = new int[4];
        for (int round = 1; round <= 2_000; round++)
        {
            int parts = 1 + (round % 4);
            Array.Clear(done);
            team.Run(parts, part => done[part]++);
            Assert.Equal(parts, done.Sum());
            Assert.DoesNotContain(2, done);
        }
    }

    /// <summary>Between two jobs the threads go to sleep after a while, and are woken for the next one.</summary>
    [Fact]
    public void Sleeping_threads_are_woken()
    {
        using var team = new ThreadTeam(3, () => { });
        for (int round = 0; round < 20; round++)
        {
            Assert.True(SpinWait.SpinUntil(() => team.Sleepers == 2, TimeSpan.FromSeconds(30)));
            int done = 0;
            team.Run(3, _ => Interlocked.Increment(ref done));
            Assert.Equal(3, done);
        }
    }

    /// <summary>The caller also sleeps if another part takes long.</summary>
    [Fact]
    public void The_caller_waits_for_a_long_part()
    {
        using var team = new ThreadTeam(2, () => { });
        bool slept = false;
        using var begun = new ManualResetEventSlim();
        team.Run(2, part =>
        {
            if (part == 0)
            {
                Assert.True(begun.Wait(TimeSpan.FromSeconds(30)));
                return;
            }

            begun.Set();
            slept = SpinWait.SpinUntil(() => team.Sleepers == 1, TimeSpan.FromSeconds(30));
        });
        Assert.True(slept);
    }

    /// <summary>On a busy machine another thread may start late.</summary>
    [Fact]
    public void The_caller_runs_parts_that_no_thread_has_begun()
    {
        using var come = new ManualResetEventSlim();
        using var team = new ThreadTeam(3, come.Wait);
        int here = Environment.CurrentManagedThreadId;
        int[] doneBy = new int[3];
        for (int round = 0; round < 3; round++)
        {
            Array.Clear(doneBy);
            team.Run(3, part => doneBy[part] = Environment.CurrentManagedThreadId);
            Assert.Equal([here, here, here], doneBy);
        }

        come.Set();
    }

    [Fact]
    public void An_exception_of_a_part_reaches_the_caller_and_the_team_stays_usable()
    {
        using var team = new ThreadTeam(3, () => { });
        for (int i = 0; i < 3; i++)
        {
            var thrown = Assert.Throws<InvalidOperationException>(() => team.Run(3, part => throw new InvalidOperationException($"part {part}")));
            Assert.Equal("part 0", thrown.Message);
            thrown = Assert.Throws<InvalidOperationException>(() => team.Run(3, part => _ = part == 2 ? throw new InvalidOperationException("last") : part));
            Assert.Equal("last", thrown.Message);
        }

        int sum = 0;
        team.Run(3, part => Interlocked.Add(ref sum, part));
        Assert.Equal(3, sum);
    }

    [Fact]
    public void Parts_are_consecutive_and_cover_the_range()
    {
        foreach (long length in new long[] { 0, 1, 15, 16, 17, 100, 128, 1000, 1_000_003 })
        {
            for (int parts = 1; parts <= 9; parts++)
            {
                long at = 0;
                for (int part = 0; part < parts; part++)
                {
                    (long start, long end) = WorkRange.Of(length, part, parts, 16);
                    Assert.Equal(at, start);
                    Assert.True(end >= start);
                    Assert.True(start % 16 == 0 || start == length);
                    at = end;
                }

                Assert.Equal(length, at);
            }
        }
    }
}
