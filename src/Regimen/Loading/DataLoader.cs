using System.Diagnostics;
using Regimen.Data;
using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Loading;

/// <summary>Cuts a data set into batches, in an order that is a function of (seed, epoch), and prepares them ahead on its own threads. The
/// content of a batch depends neither on the threads nor on what was read before.</summary>
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
    private EpochReading? _abandoned;
    private long _waitedTicks;

    private DataLoader(
        IDataset dataset, LoaderOptions options, BatchCut cut, Sampler sampler, IReadOnlyList<ITransform> transforms, Device? device, bool mixes = false)
    {
        Dataset = dataset;
        Transforms = transforms;
        _options = options;
        _cut = cut;
        _sampler = sampler;
        _device = device ?? CPU;
        _assembler = new BatchAssembler(dataset, transforms, mixes ? options : null, keepsBytes: _device.type != TorchSharp.DeviceType.CPU);
        BatchMemory.Check([.. dataset.Fields, .. _assembler.Fields], cut);
    }

    /// <summary>The device of the batches.</summary>
    internal Device Device => _device;

    /// <summary>The time that the training waited for batches so far: for a worker, or for their preparation without workers.</summary>
    internal TimeSpan Waited => Stopwatch.GetElapsedTime(0, _waitedTicks + (_reading?.WaitedTicks ?? 0));

    /// <summary>The share of this rank in the batches of an epoch, or in the batches of an evaluation. Set it while no epoch is read.</summary>
    internal RankShare Share
    {
        get;
        set
        {
            if (field != value)
            {
                // The buffers are of the share's size.
                field = value;
                _ring?.Leave();
                _ring = null;
            }
        }
    } = RankShare.All;

    /// <summary>How batches are made.</summary>
    internal LoaderOptions Options => _options;

    /// <summary>The class of the sampler.</summary>
    internal string SamplerName => _sampler.GetType().Name;

    /// <summary>The transforms, in the order in which they are applied.</summary>
    internal IReadOnlyList<ITransform> Transforms { get; }

    /// <summary>The data set; for a stream, the samples of one epoch.</summary>
    public IDataset Dataset { get; }

    /// <summary>The data set of a stream; null for any other.</summary>
    internal StreamDataset? Stream => Dataset as StreamDataset;

    /// <summary>The fields of a batch: the data set's, with the input's shape after the transforms.</summary>
    public IReadOnlyList<Field> Fields => _assembler.Fields;

    /// <summary>The number of samples in a batch; the last batch of an epoch may have fewer.</summary>
    public int BatchSize => _cut.BatchSize;

    /// <summary>The shape of an input after the transforms.</summary>
    public SampleShape SampleShape => _assembler.SampleShape;

    /// <summary>The number of batches in an epoch.</summary>
    public int Batches => _cut.Batches(_assembler.Form.Count);

    /// <summary>The number of samples in an epoch.</summary>
    public int Samples => _cut.DropLast ? Batches * BatchSize : _assembler.Form.Count;

    /// <summary>Creates a loader for training.</summary>
    /// <param name="dataset">The data set to read.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="transforms">The transforms that are applied, in order, to each sample.</param>
    /// <param name="device">The device of the batches; null for the CPU.</param>
    /// <param name="sampler">A custom sampler in place of the options' one.</param>
    /// <exception cref="RequestException">The set is empty, a batch is larger than the set, or the sampler does not match the set. It holds every
    /// problem.</exception>
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
            : new DataLoader(dataset, options, BatchCut.ForTraining(options), sampler!, transforms ?? [], device, mixes: true);
    }

    /// <summary>Creates a loader for training on a stream. All batches have the same number of samples: one that is at the end of a stream that repeats
    /// is filled up from its beginning.</summary>
    /// <param name="stream">The stream to read.</param>
    /// <param name="streaming">The length of an epoch and the shuffle buffer; null for the defaults.</param>
    /// <param name="options">The options; null for the defaults. A sampler is refused, and one thread at most reads ahead.</param>
    /// <param name="transforms">The transforms that are applied, in order, to each sample.</param>
    /// <param name="device">The device of the batches; null for the CPU.</param>
    /// <exception cref="RequestException">An option is out of bounds or does not apply to a stream. It holds every problem.</exception>
    public static DataLoader ForStream(
        DataStream stream, StreamOptions? streaming = null, LoaderOptions? options = null, IReadOnlyList<ITransform>? transforms = null, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        (streaming, options) = (streaming ?? new StreamOptions(), options ?? new LoaderOptions());
        Problem[] problems = [.. OptionsCheck.Of(streaming), .. OptionsCheck.Of(options), .. transforms?.SelectMany(OptionsCheck.Of) ?? [], .. StreamDataset.Check(streaming, options)];
        return problems.Length > 0
            ? throw new RequestException(problems)
            : new DataLoader(
                new StreamDataset(stream, streaming, options.WholeBatchSize), options, BatchCut.ForTraining(options), Samplers.Sequential, transforms ?? [], device, mixes: true);
    }

    /// <summary>Creates a loader for validation and test: every sample once, in the order of the set.</summary>
    /// <exception cref="RequestException">A batch would be too large.</exception>
    public static DataLoader ForEvaluation(IDataset dataset, LoaderOptions? options = null, IReadOnlyList<ITransform>? transforms = null, Device? device = null)
    {
        options ??= new LoaderOptions();
        OptionsCheck.ThrowUnlessValid([options, .. transforms ?? []]);
        return new DataLoader(dataset, options, BatchCut.ForEvaluation(options, dataset.Count), Samplers.Sequential, transforms ?? [], device);
    }

    /// <summary>Returns the sample indices of an epoch in order.</summary>
    public int[] Order(ulong seed, int epoch)
    {
        var order = new int[_assembler.Form.Count];
        PutInOrder(order, seed, epoch);
        return order;
    }

    /// <summary>Returns the number of samples in a batch.</summary>
    /// <param name="batch">The batch, from 0 to <see cref="Batches"/> − 1.</param>
    public int SamplesIn(int batch) => Math.Min(BatchSize, _assembler.Form.Count - (batch * BatchSize));

    /// <summary>Returns the number of samples in consecutive batches.</summary>
    public int SamplesIn(int first, int count)
    {
        int last = first + count - 1;
        return ((count - 1) * BatchSize) + SamplesIn(last);
    }

    /// <summary>Returns the number of samples of a batch that this rank has.</summary>
    internal int OwnSamplesIn(int batch) => new BatchPlaces(BatchSize, _assembler.Form.Count, Share).Of(batch).Count;

    /// <summary>Reads the batches of an epoch.</summary>
    /// <param name="seed">The run's seed, which determines order and augmentation.</param>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="first">The first batch to read, from 0; the batches before it are not read.</param>
    /// <param name="cancellationToken">Cancels the reading, also while it waits for a batch.</param>
    /// <remarks>A batch is valid until the next one is requested. Only one epoch can be read at a time; the enumeration may stop at any
    /// batch.</remarks>
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
    public IEnumerable<Batch> InOrder(CancellationToken cancellationToken = default) => _sampler == Samplers.Sequential && Stream is null
        ? Read(seed: 0, epoch: 0, first: 0, cancellationToken)
        : throw new InvalidOperationException("A loader for training has an order for each epoch: use Epoch(seed, epoch), or make the loader with DataLoader.ForEvaluation.");

    /// <summary>Checks that the data set has not changed since the loader was created. Each epoch begins with this check.</summary>
    /// <exception cref="WorkFailedException">It has changed; the message says what.</exception>
    internal void ThrowIfChanged() => _assembler.Form.ThrowIfChanged(Dataset);

    /// <summary>Creates another loader of the same training batches, to read an epoch while this loader is read.</summary>
    internal DataLoader Again() => new(Stream?.Again() ?? Dataset, _options, _cut, _sampler, Transforms, _device, mixes: true);

    /// <summary>Ends an epoch being read and frees the loader's memory. Memory in use by a worker is freed when it has finished its batch.</summary>
    public void Dispose()
    {
        _reading?.Stop();
        _ring?.Leave();
        _ring = null;
        Stream?.Dispose();
    }

    private IEnumerable<Batch> Read(ulong seed, int epoch, int first, CancellationToken cancellationToken)
    {
        if (_reading is not null)
        {
            throw new InvalidOperationException("This loader is already being read: finish that epoch, or create a second loader.");
        }

        ThrowIfChanged();
        var places = new BatchPlaces(BatchSize, _assembler.Form.Count, Share);
        int end = places.Count(Batches);
        first = Math.Min(first, end);
        if (Stream is { } stream)
        {
            // A thread of an earlier epoch may still read the stream, which is in one place at a time.
            _abandoned?.Join();
            _abandoned = null;
            end = stream.BeginEpoch(seed, epoch, first);
        }

        LoaderOptions options = WithoutUselessWorkers(_options);
        int workers = Math.Min(Stream is null ? options.Workers : Math.Min(options.Workers, 1), end - first);
        _ring ??= new BatchRing(_assembler.Fields, places.Largest, BatchMemory.Buffers(options, _assembler.Fields, places.Largest, end), _device, _options.ChannelsLast == true);
        using var reading = new EpochReading(_ring, _assembler, Plan(seed, epoch), places);
        _reading = reading;
        try
        {
            IEnumerable<Batch> batches = workers <= 0
                ? reading.Inline(first, end, cancellationToken)
                : reading.Ahead(first, end, workers, cancellationToken);
            foreach (Batch batch in batches)
            {
                yield return batch;
            }

            ThrowIfChanged();
        }
        finally
        {
            _reading = null;
            _waitedTicks += reading.WaitedTicks;
            if (reading.HasThreads)
            {
                // The threads still use these buffers, so the next epoch gets new ones.
                _abandoned = Stream is null ? null : reading;
                _ring?.Leave();
                (_ring, _order) = (null, null);
            }
        }
    }

    /// <summary>Returns the options without workers if workers would only copy memory and would take a core from the training.</summary>
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
            throw new InvalidOperationException($"The sampler {_sampler.GetType().Name} returned an index outside 0 to {order.Length - 1}.");
        }
    }
}
