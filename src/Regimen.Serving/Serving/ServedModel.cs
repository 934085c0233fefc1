using Microsoft.AspNetCore.Http;
using Regimen.Data;
using Regimen.Prediction;
using Regimen.Web;

namespace Regimen.Serving;

/// <summary>A model of a server.</summary>
internal sealed class ServedModel : IDisposable
{
    private readonly BatchWorker _worker;
    private readonly TimeSpan _time;
    private readonly ServingMetrics _metrics;

    public ServedModel(string name, Predictor predictor, ServingOptions options, ServingMetrics metrics)
    {
        Name = name;
        Predictor = predictor;
        _time = TimeSpan.FromSeconds(options.Seconds);
        _metrics = metrics;
        _worker = new BatchWorker(name, predictor.Predict, options.Batch, options.Queue, size => metrics.Computed(name, size));
    }

    /// <summary>The name in addresses.</summary>
    public string Name { get; }

    /// <summary>The predictor.</summary>
    public Predictor Predictor { get; }

    /// <summary>The number of samples that wait.</summary>
    public int Waiting => _worker.Waiting;

    /// <summary>Prepares samples and predicts them, together with those of other requests.</summary>
    /// <param name="data">Creates the samples, before the pre-processing.</param>
    /// <param name="aborted">Cancelled when the client is gone.</param>
    /// <exception cref="StatusException">Too many requests wait, the time is over, or the server stops.</exception>
    /// <exception cref="RequestException">The samples are not of the model.</exception>
    public async Task<PredictionResult[]> PredictAsync(Func<IDataset> data, CancellationToken aborted)
    {
        PreparedSamples samples = Predictor.Prepare(data());
        using var time = new CancellationTokenSource(_time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, aborted);
        try
        {
            return await _worker.PredictAsync(samples, either.Token);
        }
        catch (OperationCanceledException) when (time.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            throw new StatusException(StatusCodes.Status503ServiceUnavailable, new Problem("The prediction was not computed in time") { Expected = FormattableString.Invariant($"at most {_time.TotalSeconds} s"), Hint = "Try again later." });
        }
    }

    /// <summary>Continues a text.</summary>
    public async Task<string> ContinueAsync(string prompt, Text.GenerationOptions options, CancellationToken aborted)
    {
        if (OptionsCheck.Of(options).ToArray() is { Length: > 0 } problems)
        {
            throw new RequestException(problems);
        }

        using var time = new CancellationTokenSource(_time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, aborted);
        try
        {
            return await Task.Run(() => string.Concat(Predictor.Continue(prompt, options, either.Token)), either.Token);
        }
        catch (OperationCanceledException) when (time.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            throw new StatusException(StatusCodes.Status503ServiceUnavailable, new Problem("The text was not generated in time") { Expected = FormattableString.Invariant($"at most {_time.TotalSeconds} s"), Hint = "Ask for fewer tokens." });
        }
    }

    /// <summary>Records an answered request.</summary>
    public void Answered(int status, TimeSpan time) => _metrics.Answered(Name, status, time);

    /// <inheritdoc/>
    public void Dispose()
    {
        _worker.Dispose();
        Predictor.Dispose();
    }
}
