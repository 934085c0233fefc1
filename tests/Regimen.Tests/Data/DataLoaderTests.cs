using Regimen.Data;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Tests.TestKit;
using Regimen.Transforms;

namespace Regimen.Tests.Data;

public sealed class DataLoaderTests
{
    [Theory]
    [InlineData(10, 3, true, false, 0)]
    [InlineData(10, 3, true, false, 1)]
    [InlineData(1000, 7, true, false, 2)]
    [InlineData(64, 64, true, false, 1)]
    [InlineData(5, 1, false, false, 3)]
    public void Every_sample_is_read_exactly_once_per_epoch(int samples, int batchSize, bool shuffle, bool dropLast, int workers)
    {
        using DataLoader loader = Loader(samples, batchSize, shuffle, dropLast, workers);
        for (int epoch = 1; epoch <= 3; epoch++)
        {
            int[] seen = Values(loader, seed: 1, epoch);
            Assert.Equal(Enumerable.Range(0, samples), seen.Order());
        }
    }

    [Fact]
    public void The_order_of_an_epoch_is_a_function_of_seed_and_epoch()
    {
        using DataLoader loader = Loader(100, 10);
        int[] first = Values(loader, seed: 1, epoch: 1);
        Assert.NotEqual(Enumerable.Range(0, 100), first);
        Assert.NotEqual(first, Values(loader, seed: 1, epoch: 2));
        Assert.NotEqual(first, Values(loader, seed: 2, epoch: 1));
        Assert.Equal(first, Values(loader, seed: 1, epoch: 1));
    }

    [Theory]
    [InlineData(1, null)]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(4, 40)]
    public void Batches_do_not_depend_on_workers_and_prefetch(int workers, int? prefetch)
    {
        ImageDataset images = TinyData.Images(333, new SampleShape(2, 5, 7));

        // Buckets need samples of different lengths: SequenceDatasetTests.
        foreach (SamplerKind sampler in Enum.GetValues<SamplerKind>().Except([SamplerKind.Bucket]))
        {
            byte[] Read(int threads, int? depth)
            {
                var options = new LoaderOptions
                {
                    BatchSize = 16,
                    Workers = threads,
                    Prefetch = depth,
                    Sampler = sampler,
                    ClassWeights = sampler == SamplerKind.Weighted ? [1, 0, 0, 3, 1, 0.5, 0, 2, 2, 2] : null,
                };
                using DataLoader loader = DataLoader.ForTraining(images, options, [new Normalize([0.1, 0.4], [0.3, 0.2])]);
                return Bytes(loader, epoch: 3);
            }

            Assert.Equal(Read(0, null), Read(workers, prefetch));
        }
    }

    [Fact]
    public void The_last_short_batch_is_kept_or_dropped()
    {
        using DataLoader kept = Loader(10, 4);
        using DataLoader dropped = Loader(10, 4, dropLast: true);
        Assert.Equal([4, 4, 2], kept.Epoch(1, 1).Select(b => b.Count).ToArray());
        Assert.Equal([4, 4], dropped.Epoch(1, 1).Select(b => b.Count).ToArray());
        Assert.Equal((3, 10), (kept.Batches, kept.Samples));
        Assert.Equal((2, 8), (dropped.Batches, dropped.Samples));
    }

    [Fact]
    public void Reading_can_start_inside_an_epoch()
    {
        using DataLoader loader = Loader(50, 8);
        int[] whole = Values(loader, 1, 2);
        int[] rest = [.. loader.Epoch(1, 2, first: 3).SelectMany(Numbers)];
        Assert.Equal(whole[24..], rest);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_reader_may_write_into_a_batch(int workers)
    {
        using DataLoader loader = Loader(50, 8, workers: workers);
        int[] expected = Values(loader, 1, 2);
        foreach (Batch batch in loader.Epoch(1, 1))
        {
            TensorMemory.Span<float>(batch.Input).Fill(float.NaN);
        }

        Assert.Equal(expected, Values(loader, 1, 2));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(8)]
    public void A_first_batch_outside_the_epoch_is_refused(int first)
    {
        using DataLoader loader = Loader(50, 8);
        Assert.Throws<ArgumentOutOfRangeException>(() => loader.Epoch(1, 1, first));
        Assert.Empty(loader.Epoch(1, 1, first: 7));
        Assert.Equal(50, Values(loader, 1, 1).Length);
    }

    [Fact]
    public void A_loader_is_usable_after_an_epoch_that_ended_early()
    {
        using DataLoader loader = Loader(1000, 2, workers: 2);
        foreach (Batch _ in loader.Epoch(1, 1))
        {
            break;
        }

        Assert.Equal(1000, Values(loader, 1, 2).Length);
    }

    [Fact]
    public void A_loader_reads_one_epoch_at_a_time()
    {
        using DataLoader loader = Loader(10, 2);
        using IEnumerator<Batch> first = loader.Epoch(1, 1).GetEnumerator();
        Assert.True(first.MoveNext());
        Assert.Throws<InvalidOperationException>(() => loader.Epoch(1, 1).First());
    }

    [Fact]
    public void Cancelling_ends_the_reading()
    {
        using DataLoader loader = Loader(100, 5);
        using var source = new CancellationTokenSource();
        int read = 0;
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (Batch _ in loader.Epoch(1, 1, 0, source.Token))
            {
                read++;
                source.Cancel();
            }
        });
        Assert.Equal(1, read);
    }

    [Fact]
    public void A_training_batch_larger_than_the_set_is_refused_and_an_evaluation_batch_is_not()
    {
        RequestException error = Assert.Throws<RequestException>(() => Loader(10, 11));
        Assert.Equal("loader.batch_size", error.Problems[0].Where);
        Assert.Equal("11", error.Problems[0].Received);
        using DataLoader evaluation = DataLoader.ForEvaluation(TinyData.Numbered(10), new LoaderOptions { EvalBatchSize = 1000 });
        Assert.Equal(Enumerable.Range(0, 10), evaluation.Epoch(0, 0).SelectMany(Numbers));
    }

    [Fact]
    public void An_empty_training_set_is_refused()
        => Assert.Throws<RequestException>(() => Loader(0, 1));

    private static DataLoader Loader(int samples, int batchSize, bool shuffle = true, bool dropLast = false, int workers = 1)
        => DataLoader.ForTraining(
            TinyData.Numbered(samples), new LoaderOptions { BatchSize = batchSize, Shuffle = shuffle, DropLast = dropLast, Workers = workers });

    private static int[] Values(DataLoader loader, ulong seed, int epoch) => [.. loader.Epoch(seed, epoch).SelectMany(Numbers)];

    private static int[] Numbers(Batch batch) => [.. TensorMemory.Span<float>(batch.Input).ToArray().Select(v => (int)v)];

    private static byte[] Bytes(DataLoader loader, int epoch)
    {
        using var all = new MemoryStream();
        foreach (Batch batch in loader.Epoch(5, epoch))
        {
            all.Write(batch.Input.bytes);
            all.Write(batch.Target.bytes);
        }

        return all.ToArray();
    }
}
