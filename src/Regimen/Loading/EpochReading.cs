using System.Diagnostics;
using Regimen.Data;

namespace Regimen.Loading;

/// <summary>The enumeration of one epoch.</summary>
internal sealed class EpochReading : IDisposable
{
    private readonly BatchRing _ring;
    private readonly BatchAssembler _assembler;
    private readonly EpochPlan _plan;
    private readonly BatchPlaces _places;
    private volatile bool _stopped;
    private BatchQueue? _queue;
    private Thread[] _threads = [];

    public EpochReading(BatchRing ring, BatchAssembler assembler, EpochPlan plan, BatchPlaces places)
    {
        (_ring, _assembler, _plan, _places) = (ring, assembler, plan, places);
        ring.Enter();
    }

    /// <summary>The time that the reader of the batches waited for them, in ticks of <see cref="Stopwatch"/>.</summary>
    public long WaitedTicks { get; private set; }

    /// <summary>Whether threads may still use the ring and the order.</summary>
    public bool HasThreads { get; private set; }

    /// <summary>Prepares batches on the calling thread.</summary>
    public IEnumerable<Batch> Inline(int first, int end, CancellationToken cancellationToken)
    {
        using BatchBuffer? scratch = _assembler.Scratch(_ring.Capacity);
        for (int batch = first; batch < end; batch++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(_stopped, typeof(DataLoader));
            long began = Stopwatch.GetTimestamp();
            Fill(batch, scratch);
            WaitedTicks += Stopwatch.GetTimestamp() - began;
            Batch lent = Lend(batch);
            try
            {
                yield return lent;
            }
            finally
            {
                _ring.TakeBack(batch, lent);
            }
        }
    }

    /// <summary>Prepares batches ahead on threads. If the enumeration ends early, by a break, an error or a cancellation, each thread ends after
    /// its current batch, and no one waits for it.</summary>
    public IEnumerable<Batch> Ahead(int first, int end, int workers, CancellationToken cancellationToken)
    {
        var queue = new BatchQueue(first, end, _ring.Length);
        _queue = queue;
        HasThreads = true;
        _threads = Start(queue, workers);
        try
        {
            using CancellationTokenRegistration wake = cancellationToken.Register(queue.Wake);
            for (int batch = first; batch < end; batch++)
            {
                long began = Stopwatch.GetTimestamp();
                queue.WaitUntilFilled(batch, cancellationToken);
                WaitedTicks += Stopwatch.GetTimestamp() - began;
                Batch lent = Lend(batch);
                try
                {
                    yield return lent;
                }
                finally
                {
                    _ring.TakeBack(batch, lent);
                }

                queue.Release(batch);
            }
        }
        finally
        {
            queue.Stop();
            EndThreads(queue);
        }
    }

    /// <summary>Ends the enumeration.</summary>
    public void Stop()
    {
        _stopped = true;
        _queue?.Stop();
    }

    /// <summary>Waits until each thread has ended, after its current batch.</summary>
    public void Join()
    {
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _ring.Leave();

    /// <summary>Joins the threads if every batch has been read, so that they have no work left. A trainer does not ask for a batch after the
    /// last one.</summary>
    private void EndThreads(BatchQueue queue)
    {
        if (queue.IsThrough)
        {
            Join();
            HasThreads = false;
        }
    }

    private Thread[] Start(BatchQueue queue, int workers)
    {
        var threads = new Thread[workers];
        for (int i = 0; i < workers; i++)
        {
            _ring.Enter();
            threads[i] = new Thread(() => Work(queue)) { IsBackground = true, Name = $"loader {i + 1}" };
            threads[i].Start();
        }

        return threads;
    }

    private void Work(BatchQueue queue)
    {
        BatchBuffer? scratch = null;
        try
        {
            scratch = _assembler.Scratch(_ring.Capacity);
            while (queue.Claim() is int batch)
            {
                Fill(batch, scratch);
                queue.Filled(batch);
            }
        }
        catch (Exception exception)
        {
            queue.Failed(exception);
        }
        finally
        {
            scratch?.Dispose();
            _ring.Leave();
        }
    }

    private Batch Lend(int batch)
    {
        Batch lent = _ring.Lend(batch, Indices(batch));
        lent.Source = _assembler.Dataset;
        return lent;
    }

    private void Fill(int batch, BatchBuffer? scratch)
    {
        (int first, int count) = _places.Of(batch);
        _assembler.Fill(_plan, first, count, _ring.Buffer(batch), scratch);
    }

    private ReadOnlyMemory<int> Indices(int batch)
    {
        (int first, int count) = _places.Of(batch);
        return _plan.Order.AsMemory(first, count);
    }
}
