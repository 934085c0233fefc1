using System.Globalization;
using System.Security.Cryptography;
using Regimen.Data;

namespace Regimen.Loading;

/// <summary>A stream in the form in which a loader reads data: the samples of one epoch, which are read forward. The index of a sample is its place in
/// the epoch.</summary>
internal sealed class StreamDataset(DataStream stream, StreamOptions options, int batchSize) : IDataset, IDisposable
{
    private readonly object _gate = new();
    private volatile StreamCursor? _cursor;
    private ulong _seed;
    private long _epochStart;
    private long _end = long.MaxValue;
    private bool _isBegun;
    private volatile bool _isDisposed;

    /// <summary>The stream.</summary>
    public DataStream Stream => stream;

    /// <summary>How the stream is read.</summary>
    public StreamOptions Options => options;

    /// <inheritdoc/>
    public int Count { get; } = checked(options.BatchesPerEpoch * batchSize);

    /// <inheritdoc/>
    public IReadOnlyList<Field> Fields => stream.Fields;

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes => stream.Classes;

    /// <summary>Returns the problems of options that do not apply to a stream.</summary>
    public static IEnumerable<Problem> Check(StreamOptions streaming, LoaderOptions loader)
    {
        if (loader.Sampler is { } sampler)
        {
            yield return new Problem("A stream has no sampler: it is read in its own order")
            {
                Where = "loader.sampler",
                Expected = "null; StreamOptions.ShuffleBuffer shuffles",
                Received = sampler.ToString(),
            };
        }

        if ((long)streaming.BatchesPerEpoch * loader.WholeBatchSize > int.MaxValue / 2)
        {
            yield return new Problem("An epoch of a stream is too long")
            {
                Where = $"StreamOptions.{nameof(StreamOptions.BatchesPerEpoch)}",
                Expected = $"at most {int.MaxValue / 2 / loader.WholeBatchSize}, in batches of {loader.WholeBatchSize}",
                Received = $"{streaming.BatchesPerEpoch}",
            };
        }
    }

    /// <summary>Returns another data set of the same stream, which opens it again.</summary>
    public StreamDataset Again() => new(stream, options, batchSize) { _end = _end };

    /// <summary>Prepares a training: reads up to the place where it begins, and checks that the samples before are those that it was trained on.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="place">The number of samples that the training has taken.</param>
    /// <param name="end">The number of samples that it takes in total; none behind them is read.</param>
    /// <param name="digest">The recorded digest of the samples before <paramref name="place"/>; null where none is recorded.</param>
    /// <exception cref="RequestException">The stream does not repeat what was read.</exception>
    public void Start(ulong seed, long place, long end, string? digest)
    {
        lock (_gate)
        {
            _end = end;
            if (place == 0)
            {
                return;
            }

            if (!stream.Reopens)
            {
                throw new RequestException(new Problem("A training on a stream that can be read once only can't be resumed")
                {
                    Where = nameof(DataStream),
                    Expected = "a stream that can be opened again: DataStream.From(fields, open)",
                    Received = "DataStream.Once(fields, samples)",
                });
            }

            StreamCursor cursor = Reach(seed, place - 1);
            cursor.At(place - 1);
            string received = cursor.DigestBefore(place);
            if (received != digest)
            {
                throw new RequestException(new Problem("The stream does not return the samples that the run was trained on")
                {
                    Where = $"the first {place} samples of the training",
                    Expected = digest is null ? "a checkpoint of a training on a stream" : $"samples with the digest {digest}",
                    Received = received,
                    Hint = "A training can be resumed if the stream returns the same samples in the same order each time it is opened.",
                });
            }
        }
    }

    /// <summary>Begins to read an epoch.</summary>
    /// <returns>The number of batches of the epoch that the training needs.</returns>
    public int BeginEpoch(ulong seed, int epoch, int firstBatch)
    {
        lock (_gate)
        {
            _isBegun = true;
            _epochStart = (epoch - 1) * (long)Count;
            Reach(seed, _epochStart + ((long)firstBatch * batchSize));
            return (int)Math.Clamp((_end - _epochStart) / batchSize, firstBatch, options.BatchesPerEpoch);
        }
    }

    /// <summary>Returns the digest of the samples that are read for all places before one.</summary>
    /// <remarks>The digests of samples that were handed out do not change, so this does not wait for a thread that reads ahead.</remarks>
    public string DigestBefore(long place) => _cursor?.DigestBefore(place) ?? string.Empty;

    /// <inheritdoc/>
    public string Origin(int index)
    {
        lock (_gate)
        {
            long place = _epochStart + index;
            return _cursor is { } cursor && place >= cursor.First
                ? string.Create(CultureInfo.InvariantCulture, $"sample {cursor.At(place).Number} of the stream, counted from 0")
                : string.Create(CultureInfo.InvariantCulture, $"the sample at place {place} of the training, counted from 0");
        }
    }

    /// <inheritdoc/>
    public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        try
        {
            Read(indices, scale, into);
        }
        finally
        {
            if (_isDisposed)
            {
                Dispose();
            }
        }
    }

    /// <summary>Adds what is known of the stream before it is read. Its samples are hashed as they are read.</summary>
    public void AppendTo(IncrementalHash hash)
    {
        DatasetHash.AppendHeader(hash, "stream", ((IDataset)this).SampleShape, Classes);
        foreach (Field field in Fields)
        {
            DatasetHash.AppendText(hash, $"{field.Name}\0{field.Type}\0{field.Shape}\0{field.IsVariable}\0");
        }
    }

    /// <summary>Closes the stream; at once, or after the batch that a thread is reading.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        if (Monitor.TryEnter(_gate))
        {
            _cursor?.Dispose();
            _cursor = null;
            Monitor.Exit(_gate);
        }
    }

    private void Read(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(DataLoader));
            if (!_isBegun)
            {
                throw new RequestException(new Problem("This needs every training sample before the first step, which a stream does not have")
                {
                    Where = nameof(DataStream),
                    Hint = "State what is to be measured, such as the weights of the classes, as numbers.",
                });
            }

            for (int row = 0; row < indices.Length; row++)
            {
                Write(_cursor!.At(_epochStart + indices[row]).Sample, row, scale, into);
            }
        }
    }

    /// <summary>Returns a cursor that can read a place: the present one, or one that reads the stream from its first sample.</summary>
    private StreamCursor Reach(ulong seed, long place)
    {
        if (_cursor is null || seed != _seed || place < _cursor.First)
        {
            _cursor?.Dispose();
            (_cursor, _seed) = (new StreamCursor(stream, options, batchSize, seed), seed);
        }

        return _cursor;
    }

    private void Write(Array[] sample, int row, ChannelScale scale, BatchBuffer into)
    {
        for (int i = 0; i < sample.Length; i++)
        {
            Field field = Fields[i];
            int size = field.Shape.Elements;
            if (field.IsVariable)
            {
                into.Lengths(field.Name)[row] = sample[i].Length / (size / field.Shape.Dimensions[0]);
            }

            switch (sample[i])
            {
                case float[] values:
                    Span<float> target = into.Floats(field.Name).Slice(row * size, values.Length);
                    if (field.Name == Field.Input && !field.IsVariable && !ReferenceEquals(scale, ChannelScale.Identity))
                    {
                        scale.Apply(values, target, field.Shape);
                    }
                    else
                    {
                        values.CopyTo(target);
                    }

                    break;
                case long[] values:
                    values.CopyTo(into.Longs(field.Name)[(row * size)..]);
                    break;
                case byte[] values:
                    values.CopyTo(into.Bytes(field.Name)[(row * size)..]);
                    break;
            }
        }
    }
}
