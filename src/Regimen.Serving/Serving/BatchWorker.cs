using Microsoft.AspNetCore.Http;
using Regimen.Prediction;
using Regimen.Web;

namespace Regimen.Serving;

/// <summary>Computes the requests of a model on a thread of its own: all that wait, together. While a batch is computed the next ones gather, so
/// batches grow with the load and no request waits for others.</summary>
internal sealed class BatchWorker : IDisposable
{
    private readonly Func<IReadOnlyList<PreparedSamples>, PredictionResult[]> _predict;
    private readonly int _largest;
    private readonly int _mostWaiting;
    private readonly Action<int> _computed;
    private readonly object _gate = new();
    private readonly Queue<Item> _items = [];
    private readonly Thread _thread;
    private int _waiting;
    private bool _isStopping;

    /// <param name="name">The name of the model.</param>
    /// <param name="predict">Predicts groups of samples as one batch.</param>
    /// <param name="largest">The number of samples of a batch at most, if it has several requests.</param>
    /// <param name="mostWaiting">The number of samples that may wait.</param>
    /// <param name="computed">Receives the size of each batch.</param>
    public BatchWorker(string name, Func<IReadOnlyList<PreparedSamples>, PredictionResult[]> predict, int largest, int mostWaiting, Action<int> computed)
    {
        (_predict, _largest, _mostWaiting, _computed) = (predict, largest, mostWaiting, computed);
        _thread = new Thread(Work) { IsBackground = true, Name = $"model {name}" };
        _thread.Start();
    }

    /// <summary>The number of samples that wait.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Predicts samples.</summary>
    /// <param name="samples">The samples.</param>
    /// <param name="cancellationToken">Takes the samples out of the queue.</param>
    /// <exception cref="StatusException">Too many samples wait, or the server stops.</exception>
    public async Task<PredictionResult[]> PredictAsync(PreparedSamples samples, CancellationToken cancellationToken)
    {
        Item[] pieces = [.. Enumerable.Range(0, (samples.Count + _largest - 1) / _largest)
            .Select(i => new Item(samples.Slice(i * _largest, Math.Min(_largest, samples.Count - (i * _largest))), cancellationToken))];
        Enqueue(pieces, samples.Count);
        PredictionResult[][] results = await Task.WhenAll(pieces.Select(p => p.Result.Task)).WaitAsync(cancellationToken);
        return results is [var only] ? only : [.. results.SelectMany(r => r)];
    }

    /// <summary>Stops after the samples that wait are computed.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.PulseAll(_gate);
        }

        _thread.Join();
    }

    private void Enqueue(Item[] pieces, int count)
    {
        lock (_gate)
        {
            if (_isStopping)
            {
                throw new StatusException(StatusCodes.Status503ServiceUnavailable, new Problem("The server is stopping"));
            }

            if (count > _mostWaiting)
            {
                throw new StatusException(StatusCodes.Status413PayloadTooLarge, new Problem("The request has too many samples")
                {
                    Expected = $"at most {_mostWaiting}",
                    Received = $"{count}",
                });
            }

            if (_waiting + count > _mostWaiting)
            {
                throw new StatusException(StatusCodes.Status429TooManyRequests, new Problem("Too many requests are waiting") { Expected = $"at most {_mostWaiting} waiting samples", Hint = "Try again later." });
            }

            _waiting += count;
            foreach (Item piece in pieces)
            {
                _items.Enqueue(piece);
            }

            Monitor.Pulse(_gate);
        }
    }

    private void Work()
    {
        while (Take() is { } batch)
        {
            if (batch.Count > 0)
            {
                Compute(batch);
            }
        }
    }

    /// <summary>Waits for samples, and takes those that are computed together. Returns null at the end.</summary>
    private List<Item>? Take()
    {
        lock (_gate)
        {
            while (_items.Count == 0)
            {
                if (_isStopping)
                {
                    return null;
                }

                Monitor.Wait(_gate);
            }

            List<Item> batch = [];
            int rows = 0;
            while (_items.TryPeek(out Item? next) && (batch.Count == 0 || rows + next.Samples.Count <= _largest))
            {
                _items.Dequeue();
                _waiting -= next.Samples.Count;
                if (next.CancellationToken.IsCancellationRequested)
                {
                    next.Result.TrySetCanceled(next.CancellationToken);
                    continue;
                }

                batch.Add(next);
                rows += next.Samples.Count;
            }

            return batch;
        }
    }

    private void Compute(List<Item> batch)
    {
        try
        {
            PredictionResult[] results = _predict([.. batch.Select(b => b.Samples)]);
            _computed(results.Length);
            int first = 0;
            foreach (Item item in batch)
            {
                item.Result.TrySetResult(results[first..(first + item.Samples.Count)]);
                first += item.Samples.Count;
            }
        }
#pragma warning disable CA1031 // Any failure belongs to the requests of the batch; the thread goes on.
        catch (Exception exception)
        {
            if (batch.Count == 1)
            {
                batch[0].Result.TrySetException(exception);
                return;
            }

            // One request must not fail the others.
            foreach (Item item in batch)
            {
                Compute([item]);
            }
        }
#pragma warning restore CA1031
    }

    private sealed record Item(PreparedSamples Samples, CancellationToken CancellationToken)
    {
        public TaskCompletionSource<PredictionResult[]> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
