using Regimen.Reproducibility;
using static TorchSharp.torch;

namespace Regimen.Data;

/// <summary>Cuts a data set into batches, in an order that is a function of (seed, epoch), and prepares them ahead on threads of its
/// own. What a batch holds depends on neither the threads nor what was read before.</summary>
public sealed class DataLoader : IDisposable
{
    private readonly LoaderOptions _options;
    private readonly BatchAssembler _assembler;
    private readonly Device _device;
    private readonly bool _shuffle;
    private readonly bool _dropLast;
    private readonly int[] _order;
    private BatchRing? _ring;
    private bool _reading;

    private DataLoader(IDataset dataset, LoaderOptions options, int batchSize, bool shuffle, bool dropLast, IReadOnlyList<ITransform> transforms, Device? device)
    {
        Dataset = dataset;
        BatchSize = batchSize;
        _options = options;
        _shuffle = shuffle;
        _dropLast = dropLast;
        _device = device ?? CPU;
        _assembler = new BatchAssembler(dataset, transforms);
        _order = new int[dataset.Count];
    }

    /// <summary>What is read.</summary>
    public IDataset Dataset { get; }

    /// <summary>Samples in a batch; the last of an epoch may have fewer.</summary>
    public int BatchSize { get; }

    /// <summary>The shape of an input after the transforms.</summary>
    public SampleShape SampleShape => _assembler.SampleShape;

    /// <summary>Batches in an epoch.</summary>
    public int Batches => _dropLast ? Dataset.Count / BatchSize : (Dataset.Count + BatchSize - 1) / BatchSize;

    /// <summary>Samples in an epoch.</summary>
    public int Samples => _dropLast ? Batches * BatchSize : Dataset.Count;

    /// <summary>A loader for training: shuffled and cut as the options say.</summary>
    /// <exception cref="RequestException">The set is empty, or no batch could be filled.</exception>
    public static DataLoader ForTraining(IDataset dataset, LoaderOptions? options = null, IReadOnlyList<ITransform>? transforms = null, Device? device = null)
    {
        options ??= new LoaderOptions();
        if (dataset.Count == 0)
        {
            throw new RequestException(new Problem("There is nothing to train on") { Expected = "at least one training sample", Received = "none" });
        }

        if (options.BatchSize > dataset.Count)
        {
            throw new RequestException(new Problem("A batch is larger than the training set")
            {
                Where = "loader.batch_size",
                Expected = $"at most {dataset.Count} (the training samples)",
                Received = $"{options.BatchSize}",
                Hint = "Lower loader.batch_size.",
            });
        }

        return new DataLoader(dataset, options, options.BatchSize, options.Shuffle, options.DropLast, transforms ?? [], device);
    }

    /// <summary>A loader for validation and test: every sample once, in the order of the set.</summary>
    public static DataLoader ForEvaluation(IDataset dataset, LoaderOptions? options = null, IReadOnlyList<ITransform>? transforms = null, Device? device = null)
    {
        options ??= new LoaderOptions();
        int batchSize = Math.Max(1, Math.Min(options.EvalBatchSize, dataset.Count));
        return new DataLoader(dataset, options, batchSize, shuffle: false, dropLast: false, transforms ?? [], device);
    }

    /// <summary>The samples of an epoch in the order in which they are seen.</summary>
    public int[] Order(ulong seed, int epoch)
    {
        var order = new int[Dataset.Count];
        PutInOrder(order, seed, epoch);
        return order;
    }

    /// <summary>How many samples a batch of an epoch has.</summary>
    /// <param name="batch">From 0 to <see cref="Batches"/> − 1.</param>
    public int SamplesIn(int batch) => Math.Min(BatchSize, Dataset.Count - (batch * BatchSize));

    /// <summary>How many samples some batches of an epoch have together.</summary>
    public int SamplesIn(int first, int count)
    {
        int last = first + count - 1;
        return ((count - 1) * BatchSize) + SamplesIn(last);
    }

    /// <summary>The batches of an epoch.</summary>
    /// <param name="seed">The run's seed: order and augmentation follow from it.</param>
    /// <param name="epoch">From 1.</param>
    /// <param name="first">The batch to begin with, from 0: the ones before are not even read.</param>
    /// <param name="cancellationToken">Ends the reading at the next batch.</param>
    /// <remarks>A batch lives until the next one is asked for. One epoch can be read at a time.</remarks>
    public IEnumerable<Batch> Epoch(ulong seed, int epoch, int first = 0, CancellationToken cancellationToken = default)
    {
        if (_reading)
        {
            throw new InvalidOperationException("This loader is being read already: finish that epoch, or make a second loader.");
        }

        _reading = true;
        PutInOrder(_order, seed, epoch);
        var plan = new EpochPlan(this, _order, seed, epoch);
        int workers = Math.Min(_options.Workers, Batches - first);
        try
        {
            _ring ??= new BatchRing(_assembler.Fields, BatchSize, workers <= 0 ? 1 : Math.Min(Batches, (2 * workers) + 4), _device);
            IEnumerable<Batch> batches = workers <= 0
                ? _ring.ReadInline(_assembler, plan, first, Batches)
                : _ring.ReadAhead(_assembler, plan, first, Batches, workers);
            foreach (Batch batch in batches)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return batch;
            }
        }
        finally
        {
            _reading = false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _ring?.Dispose();

    private void PutInOrder(int[] order, ulong seed, int epoch)
    {
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        if (_shuffle)
        {
            RandomStream.For(seed, RandomPurpose.Order, epoch).Shuffle(order);
        }
    }
}

/// <summary>One epoch as it will be read: fixed before the first batch.</summary>
internal sealed record EpochPlan(DataLoader Loader, int[] Order, ulong Seed, int Epoch)
{
    public ReadOnlyMemory<int> Indices(int batch) => Order.AsMemory(batch * Loader.BatchSize, Loader.SamplesIn(batch));
}
