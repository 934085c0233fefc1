using Regimen.Data;
using Regimen.Prediction;
using Regimen.Serving;
using Regimen.Web;

namespace Regimen.Tests.Serving;

/// <summary>Tests which requests are computed together, with a model that a test holds back.</summary>
public sealed class BatchWorkerTests : IDisposable
{
    private readonly SemaphoreSlim _entered = new(0);
    private readonly SemaphoreSlim _release = new(0);
    private readonly List<int[]> _batches = [];

    [Fact]
    public async Task Requests_that_wait_are_computed_together_and_each_gets_its_own_answer()
    {
        using BatchWorker worker = Worker(largest: 5, mostWaiting: 20);
        Task<PredictionResult[]> first = Send(worker, 1);
        await Entered();
        Task<PredictionResult[]>[] others = [Send(worker, 10, 11), Send(worker, 20, 21, 22), Send(worker, 30), Send(worker, 40, 41, 42, 43, 44, 45, 46)];
        Assert.Equal(13, worker.Waiting);
        _release.Release(100);
        Assert.Equal([1f], (await first).Select(r => r.Outputs[0]));
        Assert.Equal([[10f, 11], [20, 21, 22], [30], [40, 41, 42, 43, 44, 45, 46]], (await Task.WhenAll(others)).Select(a => a.Select(r => r.Outputs[0])));
        Assert.Equal([[1], [2, 3], [1], [5], [2]], _batches);
    }

    [Fact]
    public async Task Too_many_waiting_samples_are_refused_and_the_accepted_ones_are_answered_after_the_stop()
    {
        BatchWorker worker = Worker(largest: 4, mostWaiting: 3);
        Task<PredictionResult[]> first = Send(worker, 1);
        await Entered();
        Task<PredictionResult[]> second = Send(worker, 2, 3);
        Assert.Equal(429, (await Assert.ThrowsAsync<StatusException>(() => Send(worker, 4, 5))).Status);
        Assert.Equal(413, (await Assert.ThrowsAsync<StatusException>(() => Send(worker, 4, 5, 6, 7))).Status);
        Task<PredictionResult[]> third = Send(worker, 6);
        Task stopping = Task.Run(worker.Dispose);
        _release.Release(100);
        await stopping;
        Assert.Equal([1f, 2, 3, 6], ((PredictionResult[])[.. await first, .. await second, .. await third]).Select(r => r.Outputs[0]));
        Assert.Equal(503, (await Assert.ThrowsAsync<StatusException>(() => Send(worker, 9))).Status);
    }

    [Fact]
    public async Task A_request_whose_client_is_gone_is_not_computed_and_a_failing_one_does_not_fail_the_others()
    {
        using BatchWorker worker = Worker(largest: 10, mostWaiting: 20);
        Task<PredictionResult[]> first = Send(worker, 1);
        await Entered();
        using var gone = new CancellationTokenSource();
        Task<PredictionResult[]> cancelled = worker.PredictAsync(Samples(7), gone.Token);
        Task<PredictionResult[]> failing = Send(worker, -1);
        Task<PredictionResult[]> good = Send(worker, 8);
        await gone.CancelAsync();
        _release.Release(100);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        await Assert.ThrowsAsync<InvalidOperationException>(() => failing);
        Assert.Equal(8f, (await good)[0].Outputs[0]);
        Assert.Equal(1f, (await first)[0].Outputs[0]);
        Assert.Equal([[1], [1, 1], [1], [1]], _batches);
    }

    public void Dispose()
    {
        _entered.Dispose();
        _release.Dispose();
    }

    private static PreparedSamples Samples(params float[] values)
    {
        using var buffer = new BatchBuffer([Field.Inputs(new SampleShape(1))], values.Length);
        values.CopyTo(buffer.Floats(Field.Input));
        return PreparedSamples.Of(buffer, [Field.Inputs(new SampleShape(1))], values.Length);
    }

    private static Task<PredictionResult[]> Send(BatchWorker worker, params float[] values) => worker.PredictAsync(Samples(values), TestContext.Current.CancellationToken);

    private Task Entered() => _entered.WaitAsync(TestContext.Current.CancellationToken);

    private BatchWorker Worker(int largest, int mostWaiting) => new("test", Predict, largest, mostWaiting, _ => { });

    /// <summary>Returns each sample's value as its output; fails for a negative one.</summary>
    private PredictionResult[] Predict(IReadOnlyList<PreparedSamples> groups)
    {
        _entered.Release();
        _release.Wait();
        _batches.Add([.. groups.Select(g => g.Count)]);
        int count = groups.Sum(g => g.Count);
        using var buffer = new BatchBuffer([Field.Inputs(new SampleShape(1))], count);
        int row = 0;
        foreach (PreparedSamples group in groups)
        {
            group.CopyTo(0, group.Count, buffer, row);
            row += group.Count;
        }

        float[] values = buffer.Floats(Field.Input)[..count].ToArray();
        return values.Any(v => v < 0) ? throw new InvalidOperationException("negative") : Array.ConvertAll(values, v => new PredictionResult([v], [], []));
    }
}
