using Regimen.Data;
using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Loading;

/// <summary>Cuts a data set into batches, in an order that is a function of (seed, epoch), and prepares them ahead on threads of its
/// own. What a batch holds depends on neither the threads nor what was read before.</summary>
public sealed class DataLoader : IDisposable
{
    private readonly LoaderOptions _options;
    private readonly BatchAssembler _assembler;
    private readonly Device _device;
    private readonly Sampler _sampler;
    private readonly BatchCut _cut;
    private int[]? _order;
    private BatchRing? _ring;
    private EpochReading? _reading;

    private DataLoader(
        IDataset dataset, LoaderOptions options, BatchCut cut, Sampler sampler, IReadOnlyList<ITransform> transforms, Device? device, double mixup = 0)
    {
        Dataset = dataset;
        Transforms = transforms;
        _options = options;
        _cut = cut;
        _sampler = sampler;
        _device = device ?? CPU;
        _assembler = new BatchAssembler(dataset, transforms, mixup);
        BatchMemory.Check([.. dataset.Fields, .. _assembler.Fields], cut);
    }

    /// <summary>The device of the batches.</summary>
    internal Device Device => _device;

    /// <summary>How batches are made.</summary>
    internal LoaderOptions Options => _options;

    /// <summary>The class of the sampler.</summary>
    internal string SamplerName => _sampler.GetType().Name;

    /// <summary>The transforms, in the order in which they are applied.</summary>
    internal IReadOnlyList<ITransform> Transforms { get; }

    /// <summary>The data set.</summary>
    public IDataset Dataset { get; }

    /// <summary>The fields of a batch: the data set's, with the input's shape after the transforms.</summary>
    public IReadOnlyList<Field> Fields => _assembler.Fields;

    /// <summary>Samples in a batch; the last of an epoch may have fewer.</summary>
    public int BatchSize => _cut.BatchSize;

    /// <summary>The shape of an input after the transforms.</summary>
    public SampleShape SampleShape => _assembler.SampleShape;

    /// <summary>Batches in an epoch.</summary>
    public int Batches => _cut.Batches(_assembler.Form.Count);

    /// <summary>Samples in an epoch.</summary>
    public int Samples => _cut.DropLast ? Batches * BatchSize : _assembler.Form.Count;

    /// <summary>A loader for training: sampled and cut as the options say.</summary>
    /// <param name="dataset">What to read.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="transforms">Applied, in order, to each sample.</param>
    /// <param name="device">Where batches go; null for the CPU.</param>
    /// <param name="sampler">A sampler of your own in place of the options' one.</param>
    /// <exception cref="RequestException">The set is empty, no batch could be filled, or the sampler does not fit the set: every problem.</exception>
    public static DataLoader ForTraining(
        IDataset dataset, LoaderOptions? options = null, IReadOnlyList<ITransform>? transforms = null, Device? device = null, Sampler? sampler = null)
    {
        options = (options ?? new LoaderOptions()).For(dataset.Count);
        List<Problem> problems = [.. OptionsCheck.Of(options), .. transforms?.SelectMany(OptionsCheck.Of) ?? []];
        BatchCut.CheckTraining(dataset, options, problems);
        sampler ??= SamplerChoice.Of(options, dataset, problems);
        problems.AddRange(sampler?.Check(dataset) ?? []);
        return problems.Count > 0
            ? throw new RequestException(problems)
            : new DataLoader(dataset, options, BatchCut.ForTraining(options), sampler!, transforms ?? [], device, options.Mixup);
    }

    /// <summary>A loader for validation and test: every sample once, in the order of the set.</summary>
    /// <exception cref="RequestException">A batch would be too large.</exception>
    public static DataLoader ForEvaluation(IDataset dataset, LoaderOptions? options = null, IReadOnlyList<ITransform>? transforms = null, Device? device = null)
    {
        options ??= new LoaderOptions();
        OptionsCheck.ThrowUnlessValid([options, .. transforms ?? []]);
        return new DataLoader(dataset, options, BatchCut.ForEvaluation(options, dataset.Count), Samplers.Sequential, transforms ?? [], device);
    }

    /// <summary>The samples of an epoch in the order in which they are seen.</summary>
    public int[] Order(ulong seed, int epoch)
    {
        var order = new int[_assembler.Form.Count];
        PutInOrder(order, seed, epoch);
        return order;
    }

    /// <summary>How many samples a batch of an epoch has.</summary>
    /// <param name="batch">From 0 to <see cref="Batches"/> − 1.</param>
    public int SamplesIn(int batch) => Math.Min(BatchSize, _assembler.Form.Count - (batch * BatchSize));

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
    /// <param name="cancellationToken">Ends the reading, also where it waits for a batch.</param>
    /// <remarks>A batch lives until the next one is asked for. One epoch can be read at a time; it may be left at any batch.</remarks>
    /// <exception cref="WorkFailedException">A sample can't be prepared; the problem names its file or row.</exception>
    public IEnumerable<Batch> Epoch(ulong seed, int epoch, int first = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, Batches);
        return Read(seed, epoch, first, cancellationToken);
    }

    /// <summary>Every sample once, in the order of the data set where the loader is for evaluation. Nothing is drawn: each call gives the same
    /// batches.</summary>
    /// <param name="cancellationToken">Ends the reading, also where it waits for a batch.</param>
    /// <remarks>A batch lives until the next one is asked for. One pass can be read at a time.</remarks>
    /// <exception cref="InvalidOperationException">The loader is for training: its order follows from seed and epoch (<see cref="Epoch"/>).</exception>
    /// <exception cref="WorkFailedException">A sample can't be prepared; the problem names its file or row.</exception>
    public IEnumerable<Batch> InOrder(CancellationToken cancellationToken = default) => _sampler == Samplers.Sequential
        ? Read(seed: 0, epoch: 0, first: 0, cancellationToken)
        : throw new InvalidOperationException("A loader for training has an order for each epoch: use Epoch(seed, epoch), or make the loader with DataLoader.ForEvaluation.");

    /// <summary>Refuses to go on where the data set is not what it was when the loader was made; each epoch begins with it.</summary>
    /// <exception cref="WorkFailedException">What has changed is named.</exception>
    internal void ThrowIfChanged() => _assembler.Form.ThrowIfChanged(Dataset);

    /// <summary>Frees the loader's memory. Where an epoch is being read it ends; threads that are still at a batch free it after that.</summary>
    public void Dispose()
    {
        _reading?.Stop();
        _ring?.Leave();
        _ring = null;
    }

    private IEnumerable<Batch> Read(ulong seed, int epoch, int first, CancellationToken cancellationToken)
    {
        if (_reading is not null)
        {
            throw new InvalidOperationException("This loader is being read already: finish that epoch, or make a second loader.");
        }

        ThrowIfChanged();
        LoaderOptions options = WithoutUselessWorkers(_options);
        int workers = Math.Min(options.Workers, Batches - first);
        _ring ??= new BatchRing(_assembler.Fields, BatchSize, BatchMemory.Buffers(options, _assembler.Fields, BatchSize, Batches), _device, _options.ChannelsLast == true);
        using var reading = new EpochReading(_ring, _assembler, Plan(seed, epoch), BatchSize);
        _reading = reading;
        try
        {
            IEnumerable<Batch> batches = workers <= 0
                ? reading.Inline(first, Batches, cancellationToken)
                : reading.Ahead(first, Batches, workers, cancellationToken);
            foreach (Batch batch in batches)
            {
                yield return batch;
            }

            ThrowIfChanged();
        }
        finally
        {
            _reading = null;
            if (reading.HasThreads)
            {
                // They are still at work on these: the next epoch has its own.
                _ring?.Leave();
                (_ring, _order) = (null, null);
            }
        }
    }

    /// <summary>Without workers where they could only copy, and would take a core from the training for it.</summary>
    private LoaderOptions WithoutUselessWorkers(LoaderOptions options)
        => Dataset.IsInMemory && _assembler.OnlyGathers && Threads.Current >= Environment.ProcessorCount ? options with { Workers = 0 } : options;

    private EpochPlan Plan(ulong seed, int epoch)
    {
        _order ??= new int[_assembler.Form.Count];
        PutInOrder(_order, seed, epoch);
        return new EpochPlan(seed, epoch, _order, _sampler.Repeats ? EpochPlan.CountDraws(_order) : null);
    }

    private void PutInOrder(Span<int> order, ulong seed, int epoch)
    {
        _sampler.Fill(order, seed, epoch);
        if (order.ContainsAnyExceptInRange(0, order.Length - 1))
        {
            throw new InvalidOperationException($"The sampler {_sampler.GetType().Name} gave an index outside 0 to {order.Length - 1}.");
        }
    }
}
