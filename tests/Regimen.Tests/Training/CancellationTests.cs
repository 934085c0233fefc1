using System.Security.Cryptography;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Runs;
using Regimen.Tests.TestKit;
using Regimen.Training;
using static TorchSharp.torch;
using BatchNorm1d = TorchSharp.Modules.BatchNorm1d;
using Linear = TorchSharp.Modules.Linear;

namespace Regimen.Tests.Training;

/// <summary>A training that is cancelled while its loader blocks returns with the state of its last complete step.</summary>
public sealed class CancellationTests
{
    /// <summary>Seven batches of 4 samples and one of 1; the sixth batch of epoch 2 is never delivered.</summary>
    private const int Samples = 29;

    [Theory]
    [InlineData(1, 8 + 5)]
    [InlineData(3, 3 + 1)]
    public void Cancelled_training_returns_and_resumes_to_the_same_bits(int accumulate, long steps)
    {
        var options = new TrainOptions { Epochs = 3, Seed = 5, Accumulate = accumulate };
        ArrayDataset data = TinyData.Clusters(Samples);
        using var whole = new NormalizedNet();
        Fit(options, whole, data);

        using var stop = new CancellationTokenSource();
        using var hung = new ManualResetEventSlim();
        using var never = new ManualResetEventSlim();
        using var stopped = new NormalizedNet();
        int hangsAt;
        using (DataLoader order = Loader(data))
        {
            hangsAt = order.Order(options.Seed, epoch: 2)[(5 * 4) + 1];
        }

        bool hangs = false;
        var hanging = new Observed(data, indices =>
        {
            if (hangs && indices.Contains(hangsAt))
            {
                hung.Set();
                never.Wait();
            }
        });
        Thread trainer = Thread.CurrentThread;
        bool waited = false;
        int before = 0;
        var canceller = new Thread(() =>
        {
            // Cancel only when the trainer has used every available batch and waits.
            hung.Wait();
            waited = SpinWait.SpinUntil(() => stopped.Batches - before == 5 && trainer.ThreadState.HasFlag(ThreadState.WaitSleepJoin), TimeSpan.FromMinutes(1));
            stop.Cancel();
        });
        canceller.Start();
        Tensor[] saved = [];
        var log = new EventLog(e =>
        {
            if (e is TrainEvent.EpochEnded)
            {
                (hangs, before) = (true, stopped.Batches);
            }

            if (e is TrainEvent.Ended { State: var state })
            {
                saved = [.. state.Model.named_buffers().Select(b => b.buffer.clone().DetachFromDisposeScope())];
            }
        });
        using DataLoader loader = Loader(hanging);
        TrainResult result = new Trainer(options, [log]).Fit(stopped, Objectives.CrossEntropy, Optimizers.Sgd(0.1), loader, cancellationToken: stop.Token);
        canceller.Join();
        never.Set();
        Assert.True(waited, $"the trainer was given {stopped.Batches - before} batches of the second epoch and is {trainer.ThreadState}");
        Assert.Equal((TrainStatus.Interrupted, new Progress(2, steps)), (result.Status, result.At));

        // The buffers equal those of a training limited to these steps.
        using var untilThere = new NormalizedNet();
        Fit(options with { MaxSteps = steps }, untilThere, data);
        Assert.Equal(untilThere.named_buffers().Select(b => Bits(b.buffer)), saved.Select(Bits));
        Assert.NotEqual(whole.named_buffers().Select(b => Bits(b.buffer)), saved.Select(Bits));
    }

    private static string Bits(Tensor tensor) => Convert.ToHexString(tensor.bytes);

    private static DataLoader Loader(IDataset data) => DataLoader.ForTraining(data, new LoaderOptions { BatchSize = 4, Workers = 1, Prefetch = 1 });

    private static void Fit(TrainOptions options, nn.Module model, IDataset data)
    {
        using DataLoader loader = Loader(data);
        new Trainer(options).Fit(model, Objectives.CrossEntropy, Optimizers.Sgd(0.1), loader);
    }

    /// <summary>A model whose buffers change with every batch.</summary>
    private sealed class NormalizedNet : nn.Module<Tensor, Tensor>
    {
        private readonly BatchNorm1d norm;
        private readonly Linear fc;

        public NormalizedNet()
            : base(nameof(NormalizedNet))
        {
            TorchRandom.SeedInitialization(3);
            norm = nn.BatchNorm1d(4, track_running_stats: true);
            fc = nn.Linear(4, 3);
            RegisterComponents();
        }

        public int Batches { get; private set; }

        public override Tensor forward(Tensor input)
        {
            Batches++;
            return fc.call(norm.call(cat([input, input + 1])))[..(int)input.size(0)];
        }
    }

    /// <summary>A data set that reports the samples being read, and is not in memory.</summary>
    private sealed class Observed(IDataset source, GatherObserver observer) : IDataset
    {
        public int Count => source.Count;

        public IReadOnlyList<Field> Fields => source.Fields;

        public SampleShape SampleShape => source.SampleShape;

        public IReadOnlyList<string> Classes => source.Classes;

        public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
        {
            observer(indices);
            source.Gather(indices, scale, into);
        }

        public void AppendTo(IncrementalHash hash) => source.AppendTo(hash);
    }

    private delegate void GatherObserver(ReadOnlySpan<int> indices);
}
