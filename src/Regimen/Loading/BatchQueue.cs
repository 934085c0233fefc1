using System.Runtime.ExceptionServices;

namespace Regimen.Loading;

/// <summary>Coordinates the workers and the reader of one epoch: workers claim batches in order, the single reader takes them in order, and a
/// buffer is free again when the reader asks for the next batch.</summary>
internal sealed class BatchQueue
{
    private readonly object _gate = new();
    private readonly int[] _filled;
    private readonly int _end;
    private int _next;
    private int _released;
    private int _sleepingWorkers;
    private bool _readerWaits;
    private bool _stopped;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Creates the queue for the batches from <paramref name="first"/> to below <paramref name="end"/>.</summary>
    public BatchQueue(int first, int end, int buffers)
    {
        (_next, _released, _end) = (first, first, end);
        _filled = new int[buffers];
        Array.Fill(_filled, -1);
    }

    /// <summary>Whether the reader has received every batch.</summary>
    public bool IsThrough { get; private set; }

    /// <summary>Returns the next batch to fill, as soon as its buffer is free; null at the end.</summary>
    public int? Claim()
    {
        lock (_gate)
        {
            // When all buffers are full a worker sleeps until half of them are free: waking it for every batch would cost the reader a system
            // call per step.
            if (_next - _released >= _filled.Length)
            {
                _sleepingWorkers++;
                while (!_stopped && _next < _end && _next - _released > _filled.Length / 2)
                {
                    Monitor.Wait(_gate);
                }

                _sleepingWorkers--;
            }

            return _stopped || _next >= _end ? null : _next++;
        }
    }

    /// <summary>Marks a claimed batch as ready.</summary>
    public void Filled(int batch)
    {
        lock (_gate)
        {
            _filled[batch % _filled.Length] = batch;
            if (_readerWaits)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Reports that a claimed batch failed. The reader gets the exception at once, whichever batch it waits for.</summary>
    public void Failed(Exception exception)
    {
        lock (_gate)
        {
            _failure ??= ExceptionDispatchInfo.Capture(exception);
            _stopped = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Stops the queue: no further batch is begun, and a waiting reader is woken.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits for a batch.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The loader was disposed.</exception>
    public void WaitUntilFilled(int batch, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                _failure?.Throw();
                ObjectDisposedException.ThrowIf(_stopped, typeof(DataLoader));
                if (_filled[batch % _filled.Length] == batch)
                {
                    IsThrough = batch == _end - 1;
                    return;
                }

                _readerWaits = true;
                Monitor.Wait(_gate);
                _readerWaits = false;
            }
        }
    }

    /// <summary>Wakes a waiting reader, so that it checks for cancellation.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Releases the buffer of a batch that the reader no longer needs.</summary>
    public void Release(int batch)
    {
        lock (_gate)
        {
            _released = batch + 1;
            if (_sleepingWorkers > 0 && _next - _released <= _filled.Length / 2)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }
}
