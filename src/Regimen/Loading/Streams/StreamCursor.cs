using System.Security.Cryptography;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Loading;

/// <summary>Reads a stream forward in blocks of consecutive samples, which are shuffled. Which sample is at a place of the training is a function of
/// (seed, place) and the stream, so that a place can be reached again by reading up to it.</summary>
/// <remarks>It also has the digest of everything that was read up to a place. It is used by one thread at a time.</remarks>
internal sealed class StreamCursor : IDisposable
{
    /// <summary>The number of blocks whose digest is kept: more than a loader's threads can be ahead, because a block has at least a batch's samples.</summary>
    private const int Kept = 8192;

    private readonly DataStream _stream;
    private readonly ulong _seed;
    private readonly bool _shuffles;
    private readonly int _batchSize;
    private readonly StreamSampleCheck _check;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[][] _digests = new byte[Kept][];
    private readonly int[] _order;
    private Array[][] _samples;
    private (long Number, Array[] Sample)[] _tail = [];
    private IEnumerator<StreamSample>? _source;
    private int _count;
    private long _block = -1;
    private long _read;
    private long _readOfPass;
    private WorkFailedException? _failure;

    public StreamCursor(DataStream stream, StreamOptions options, int batchSize, ulong seed)
    {
        (_stream, _seed, _batchSize) = (stream, seed, batchSize);
        _shuffles = options.ShuffleBuffer > 1;
        BlockSize = Math.Max(options.ShuffleBuffer, batchSize);
        _check = new StreamSampleCheck(stream);
        _order = new int[BlockSize];
        _samples = new Array[BlockSize][];
    }

    /// <summary>The number of samples that are shuffled together.</summary>
    public int BlockSize { get; }

    /// <summary>The first place that can be read without opening the stream again.</summary>
    public long First => Math.Max(0, (_block * BlockSize) - _tail.Length);

    /// <summary>Returns the sample at a place, and its number in the stream from 0, reading up to it.</summary>
    /// <exception cref="WorkFailedException">The stream has ended or failed before, or a sample does not fit the fields.</exception>
    public (long Number, Array[] Sample) At(long place)
    {
        // A block that could not be read as a whole has no order: none of its samples is returned.
        if (_failure is not null)
        {
            throw new WorkFailedException(_failure.Problem, _failure);
        }

        while (place >= (_block + 1) * BlockSize)
        {
            Advance();
        }

        long start = _block * BlockSize;
        if (place < start)
        {
            return _tail[place - (start - _tail.Length)];
        }

        int i = (int)(place - start);
        return i < _count ? (start + _order[i], _samples[_order[i]]) : throw Ended(place);
    }

    /// <summary>Returns the digest of the samples that are read for all places before one, lower-case hex.</summary>
    public string DigestBefore(long place)
    {
        long block = (place - 1) / BlockSize;
        return block < 0 ? string.Empty : Convert.ToHexStringLower(_digests[block % Kept]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _source?.Dispose();
        _source = null;
        _hash.Dispose();
    }

    /// <summary>Reads the next block.</summary>
    private void Advance()
    {
        // A batch may begin in the block before: its samples stay readable, to name the one that can't be prepared.
        int tail = Math.Min(_batchSize, _count);
        long start = _block * BlockSize;
        _tail = [.. Enumerable.Range(_count - tail, tail).Select(i => (start + _order[i], _samples[_order[i]]))];
        _samples = new Array[BlockSize][];
        _block++;
        for (_count = 0; _count < BlockSize && Next() is { } sample; _count++)
        {
            _samples[_count] = sample;
            _order[_count] = _count;
        }

        if (_shuffles)
        {
            RandomStream.For(_seed, RandomPurpose.Order, epoch: 0, index: _block).Shuffle(_order.AsSpan(0, _count));
        }

        _digests[_block % Kept] = _hash.GetCurrentHash();
    }

    /// <summary>Reads the next sample; null where a stream that does not repeat has ended.</summary>
    private Array[]? Next()
    {
        try
        {
            _source ??= _stream.Open();
            while (!_source.MoveNext())
            {
                if (!_stream.Repeats)
                {
                    return null;
                }

                if (_readOfPass == 0)
                {
                    throw new WorkFailedException(new Problem("The stream has no samples") { Where = $"after {_read} samples", Expected = "at least one sample each time it is opened", Received = "none" });
                }

                _readOfPass = 0;
                _source.Dispose();
                _source = _stream.Open();
            }

            Array[] sample = _check.Copy(_source.Current, _read);
            StreamSampleCheck.Append(_hash, sample);
            _read++;
            _readOfPass++;
            return sample;
        }
        catch (Exception exception)
        {
            _failure = exception as WorkFailedException ?? (exception is RequestException { Problems: [var problem, ..] }
                ? new WorkFailedException(problem, exception)
                : new WorkFailedException(new Problem($"The stream failed: {exception.Message.Split('\n')[0].TrimEnd()}") { Where = $"sample {_read} of the stream, counted from 0" }, exception));
            throw _failure;
        }
    }

    private WorkFailedException Ended(long place) => new(new Problem(_read == 0 ? "The stream has no samples" : "The stream has ended before the training")
    {
        Where = nameof(DataStream),
        Expected = $"more than {place} samples",
        Received = $"{_read}, which are {_read / _batchSize} whole batches of {_batchSize}",
        Hint = "Set a smaller MaxSteps, or give the stream as one that repeats: DataStream.From(fields, open).",
    });
}
