using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace Regimen.Data;

/// <summary>Some buffers that are filled, read and filled again. Batch <c>b</c> always goes into buffer <c>b mod n</c>; whichever
/// thread fills it writes the same values.</summary>
internal sealed class BatchRing : IDisposable
{
    private readonly object _gate = new();
    private readonly BatchBuffer[] _buffers;
    private readonly Batch?[] _whole;
    private readonly int[] _filled;
    private readonly Device _device;
    private int _next;
    private int _end;
    private int _released;
    private int _sleepingWorkers;
    private bool _readerWaits;
    private bool _stopped;
    private ExceptionDispatchInfo? _failure;

    public BatchRing(IReadOnlyList<Field> fields, int batchSize, int buffers, Device device)
    {
        _device = device;
        _buffers = [.. Enumerable.Range(0, buffers).Select(_ => new BatchBuffer(fields, batchSize))];
        _whole = new Batch?[buffers];
        _filled = new int[buffers];
    }

    /// <summary>Reads batches on the calling thread.</summary>
    public IEnumerable<Batch> ReadInline(BatchAssembler assembler, EpochPlan plan, int first, int end)
    {
        using BatchBuffer? scratch = assembler.Scratch(_buffers[0].Capacity);
        for (int batch = first; batch < end; batch++)
        {
            ReadOnlyMemory<int> indices = plan.Indices(batch);
            assembler.Fill(plan, indices.Span, _buffers[0], scratch);
            using Loan loan = Lend(0, indices);
            yield return loan.Batch;
        }
    }

    /// <summary>Reads batches that threads of the ring's own prepare ahead. They end with the reading.</summary>
    public IEnumerable<Batch> ReadAhead(BatchAssembler assembler, EpochPlan plan, int first, int end, int workers)
    {
        (_next, _end, _released, _stopped, _failure) = (first, end, first, false, null);
        Array.Fill(_filled, -1);
        var threads = new Thread[workers];
        for (int i = 0; i < workers; i++)
        {
            threads[i] = new Thread(() => Work(assembler, plan)) { IsBackground = true, Name = $"loader {i + 1}" };
            threads[i].Start();
        }

        try
        {
            for (int batch = first; batch < end; batch++)
            {
                WaitUntilFilled(batch);
                using (Loan loan = Lend(batch % _buffers.Length, plan.Indices(batch)))
                {
                    yield return loan.Batch;
                }

                Release(batch);
            }
        }
        finally
        {
            lock (_gate)
            {
                _stopped = true;
                Monitor.PulseAll(_gate);
            }

            foreach (Thread thread in threads)
            {
                thread.Join();
            }
        }
    }

    public void Dispose()
    {
        foreach (Batch? batch in _whole)
        {
            batch?.DisposeTensors();
        }

        foreach (BatchBuffer buffer in _buffers)
        {
            buffer.Dispose();
        }
    }

    private void Work(BatchAssembler assembler, EpochPlan plan)
    {
        BatchBuffer? scratch = null;
        try
        {
            scratch = assembler.Scratch(_buffers[0].Capacity);
            while (Claim() is int batch)
            {
                assembler.Fill(plan, plan.Indices(batch).Span, _buffers[batch % _buffers.Length], scratch);
                lock (_gate)
                {
                    _filled[batch % _buffers.Length] = batch;
                    if (_readerWaits)
                    {
                        Monitor.PulseAll(_gate);
                    }
                }
            }
        }
        catch (Exception exception)
        {
            // It surfaces in the reader's thread, at once.
            lock (_gate)
            {
                _failure ??= ExceptionDispatchInfo.Capture(exception);
                _stopped = true;
                Monitor.PulseAll(_gate);
            }
        }
        finally
        {
            scratch?.Dispose();
        }
    }

    /// <summary>The next batch to fill, as soon as its buffer is free; null at the end.</summary>
    private int? Claim()
    {
        lock (_gate)
        {
            // Once the ring is full a worker sleeps until half of it is free: waking it for every batch would cost the reader a
            // system call a step.
            if (_next - _released >= _buffers.Length)
            {
                _sleepingWorkers++;
                while (!_stopped && _next < _end && _next - _released > _buffers.Length / 2)
                {
                    Monitor.Wait(_gate);
                }

                _sleepingWorkers--;
            }

            return _stopped || _next >= _end ? null : _next++;
        }
    }

    private void WaitUntilFilled(int batch)
    {
        lock (_gate)
        {
            while (_filled[batch % _buffers.Length] != batch)
            {
                _failure?.Throw();
                _readerWaits = true;
                Monitor.Wait(_gate);
                _readerWaits = false;
            }

            _failure?.Throw();
        }
    }

    private void Release(int batch)
    {
        lock (_gate)
        {
            _released = batch + 1;
            if (_sleepingWorkers > 0 && _next - _released <= _buffers.Length / 2)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Whole batches on the CPU are made once a buffer and lent again and again: a step allocates nothing for its data.</summary>
    private Loan Lend(int buffer, ReadOnlyMemory<int> indices)
    {
        bool whole = indices.Length == _buffers[buffer].Capacity && _device.type == TorchSharp.DeviceType.CPU;
        if (!whole)
        {
            return new Loan(_buffers[buffer].ToBatch(indices.Length, indices, _device), KeepsTensors: false);
        }

        Batch batch = _whole[buffer] ??= _buffers[buffer].ToBatch(indices.Length, indices, _device);
        batch.Indices = indices;
        return new Loan(batch, KeepsTensors: true);
    }

    private readonly record struct Loan(Batch Batch, bool KeepsTensors) : IDisposable
    {
        public void Dispose()
        {
            if (!KeepsTensors)
            {
                Batch.DisposeTensors();
            }
        }
    }
}
