using System.Collections.Concurrent;
using System.Security.Cryptography;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Data;

/// <summary>Tests a sample that fails, a reader that stops early, and a thread that blocks.</summary>
public sealed class LoaderThreadsTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void A_failing_sample_is_named(int workers)
    {
        var broken = new Watched(TinyData.Numbered(100)) { OnSample = i => Refuse(i == 57) };
        using DataLoader loader = DataLoader.ForTraining(broken, new LoaderOptions { BatchSize = 5, Workers = workers });
        WorkFailedException error = Assert.Throws<WorkFailedException>(() => loader.Epoch(1, 1).Count());
        Assert.Equal("rows.txt, row 58: A sample can't be prepared: not a number", error.Message);
        Assert.IsType<InvalidDataException>(error.InnerException);
    }

    [Fact]
    public void A_failing_sample_of_a_subset_is_named_by_its_index_in_the_source()
    {
        var broken = new Watched(TinyData.Numbered(100)) { OnSample = i => Refuse(i == 57) };
        using DataLoader loader = DataLoader.ForEvaluation(new Subset(broken, [3, 57, 99]));
        Assert.Equal("rows.txt, row 58", Assert.Throws<WorkFailedException>(() => loader.Epoch(0, 0).Count()).Problem.Where);
    }

    [Fact]
    public void A_problem_thrown_by_the_data_set_is_unchanged()
    {
        var problem = new Problem("The image is cut off") { Where = "cat.png, byte 12", Expected = "a PNG" };
        var broken = new Watched(TinyData.Numbered(9)) { OnSample = i => _ = i == 4 ? throw new RequestException(problem) : 0 };
        using DataLoader loader = DataLoader.ForTraining(broken, new LoaderOptions { BatchSize = 3 });
        Assert.Equal(problem, Assert.Throws<WorkFailedException>(() => loader.Epoch(1, 1).Count()).Problem);
    }

    [Fact]
    public void A_failure_that_does_not_repeat_names_the_batch()
    {
        int calls = 0;
        var broken = new Watched(TinyData.Numbered(9)) { OnSample = _ => Refuse(calls++ == 4) };
        using DataLoader loader = DataLoader.ForTraining(broken, new LoaderOptions { BatchSize = 3, Shuffle = false, Workers = 0 });
        Assert.Equal("a batch of 3 samples starting with rows.txt, row 4", Assert.Throws<WorkFailedException>(() => loader.Epoch(1, 1).Count()).Problem.Where);
    }

    [Fact]
    public void A_failure_reaches_a_reader_that_waits_for_another_batch()
    {
        // The first batch blocks and the second fails: the reader, waiting for the first, gets the failure without waiting for the blocked thread.
        using var stuck = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        var watched = new Watched(TinyData.Numbered(8))
        {
            OnSample = i =>
            {
                if (i < 4)
                {
                    begun.Set();
                    stuck.Wait(Long);
                }
                else
                {
                    begun.Wait(Long);
                    Refuse(true);
                }
            },
        };
        using DataLoader loader = DataLoader.ForTraining(watched, new LoaderOptions { BatchSize = 4, Shuffle = false, Workers = 2 });
        Assert.Throws<WorkFailedException>(() => loader.Epoch(1, 1).Count());
        stuck.Set();
        watched.AssertThreadsEnd(Long);
    }

    [Fact]
    public void Cancelling_ends_a_wait_for_a_batch_that_never_comes()
    {
        using var stuck = new ManualResetEventSlim();
        using var source = new CancellationTokenSource();
        var watched = new Watched(TinyData.Numbered(8))
        {
            OnSample = _ =>
            {
                source.CancelAsync();
                stuck.Wait(Long);
            },
        };
        using DataLoader loader = DataLoader.ForTraining(watched, new LoaderOptions { BatchSize = 4, Workers = 2 });
        Assert.ThrowsAny<OperationCanceledException>(() => loader.Epoch(1, 1, 0, source.Token).Count());
        Assert.False(stuck.IsSet);
        stuck.Set();
        watched.AssertThreadsEnd(Long);
    }

    [Fact]
    public void An_epoch_that_ended_while_a_thread_was_blocked_does_not_affect_the_next_one()
    {
        using var stuck = new ManualResetEventSlim();
        bool first = true;
        var watched = new Watched(TinyData.Numbered(64)) { OnSample = i => Hold(first && i >= 16) };
        void Hold(bool hold)
        {
            if (hold)
            {
                stuck.Wait(Long);
            }
        }

        DataLoader loader = DataLoader.ForTraining(watched, new LoaderOptions { BatchSize = 8, Shuffle = false, Workers = 2 });
        foreach (Batch batch in loader.Epoch(1, 1))
        {
            Assert.Equal(0, TensorMemory.Span<float>(batch.Input)[0]);
            break;
        }

        first = false;
        float[] seen = [.. loader.Epoch(1, 2).SelectMany(b => TensorMemory.Span<float>(b.Input).ToArray())];
        Assert.Equal(Enumerable.Range(0, 64).Select(i => (float)i), seen);

        // The blocked threads write into buffers that the loader no longer uses.
        loader.Dispose();
        stuck.Set();
        watched.AssertThreadsEnd(Long);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Disposing_a_loader_ends_the_epoch_being_read(int workers)
    {
        var watched = new Watched(TinyData.Numbered(64));
        DataLoader loader = DataLoader.ForTraining(watched, new LoaderOptions { BatchSize = 4, Workers = workers, Prefetch = 1 });
        using IEnumerator<Batch> batches = loader.Epoch(1, 1).GetEnumerator();
        Assert.True(batches.MoveNext());
        loader.Dispose();
        Assert.Throws<ObjectDisposedException>(() => batches.MoveNext());
        if (workers > 0)
        {
            watched.AssertThreadsEnd(Long);
        }
    }

    [Fact]
    public void Epochs_that_end_early_leak_no_memory()
    {
        long before = Tensors.SettledCount();
        var watched = new Watched(TinyData.Numbered(64));
        using (DataLoader loader = DataLoader.ForTraining(watched, new LoaderOptions { BatchSize = 5, Workers = 2 }))
        {
            for (int epoch = 1; epoch <= 20; epoch++)
            {
                _ = loader.Epoch(1, epoch).Skip(epoch % 13).First();
            }
        }

        // The last thread that leaves a ring frees it, even a thread that never filled a batch.
        Assert.True(SpinWait.SpinUntil(() => TorchSharp.torch.Tensor.TotalCount <= before, Long), "memory was leaked");
    }

    private static void Refuse(bool refuse) => _ = refuse ? throw new InvalidDataException("not a number\nand more") : 0;

    /// <summary>A data set that calls back for each sample read, and records the threads that read.</summary>
    private sealed class Watched(IDataset source) : IDataset
    {
        private readonly ConcurrentDictionary<Thread, bool> _threads = [];

        public Action<int> OnSample { get; init; } = _ => { };

        public int Count => source.Count;

        public IReadOnlyList<Field> Fields => source.Fields;

        public SampleShape SampleShape => source.SampleShape;

        public IReadOnlyList<string> Classes => source.Classes;

        public string Origin(int index) => $"rows.txt, row {index + 1}";

        public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
        {
            _threads[Thread.CurrentThread] = true;
            foreach (int index in indices)
            {
                OnSample(index);
            }

            source.Gather(indices, scale, into);
        }

        public void AppendTo(IncrementalHash hash) => source.AppendTo(hash);

        public void AssertThreadsEnd(TimeSpan within)
        {
            Assert.NotEmpty(_threads);
            Assert.All(_threads.Keys, thread => Assert.True(thread.Join(within), "a thread of the loader did not end"));
        }
    }
}
