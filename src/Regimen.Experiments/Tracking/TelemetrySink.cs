using System.Diagnostics;
using Regimen.Loading;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Training;

namespace Regimen.Tracking;

/// <summary>Publishes a run's numbers and spans through <see cref="Telemetry"/>, while an exporter collects them. Spans: <c>run</c>, in it <c>epoch</c>,
/// <c>test</c> and <c>checkpoint</c>, in an epoch <c>validation</c>.</summary>
internal sealed class TelemetrySink : IRunSink
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);
    private readonly IDisposable? _export;
    private readonly Action<string> _warn;
    private readonly TimeProvider _time;
    private readonly Activity? _run;
    private Activity? _epoch;
    private DataLoader? _loader;
    private TimeSpan _waited;
    private long _windowBegan;
    private long _windowSamples;
    private int _broken;

    /// <summary>Begins the span of the run.</summary>
    /// <param name="export">Collects what is published; disposed at the end.</param>
    /// <param name="time">The time provider.</param>
    /// <param name="warn">Called once if a listener in the process throws.</param>
    public TelemetrySink(IDisposable? export, TimeProvider time, Action<string> warn)
    {
        (_export, _time, _warn) = (export, time, warn);
        _run = Begin("run", Activity.Current?.Context ?? default, time.GetUtcNow());
    }

    /// <inheritdoc/>
    public void Observe(TrainEvent trainEvent)
    {
        try
        {
            Publish(trainEvent);
        }
        catch (Exception exception) when (Told(exception))
        {
        }
    }

    /// <inheritdoc/>
    public void Write(Pass pass)
    {
        try
        {
            Publish(pass);
            if (pass.Split == Pass.Test)
            {
                Span("test", _run, pass);
            }
        }
        catch (Exception exception) when (Told(exception))
        {
        }
    }

    /// <inheritdoc/>
    public void CheckpointSaved(Progress at, TimeSpan took)
    {
        try
        {
            Telemetry.CheckpointTime.Record(took.TotalSeconds);
            Activity? span = Begin("checkpoint", _run?.Context ?? default, _time.GetUtcNow() - took);
            span?.SetTag("regimen.step", at.Step);
            End(span);
        }
        catch (Exception exception) when (Told(exception))
        {
        }
    }

    /// <summary>Marks the span of the run as failed.</summary>
    public void Fail(string error) => _run?.SetStatus(ActivityStatusCode.Error, error);

    /// <inheritdoc/>
    public void Flush()
    {
    }

    /// <inheritdoc/>
    public void FlushToDisk()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            End(_epoch);
            End(_run);
            _export?.Dispose();
        }
        catch (Exception exception) when (Told(exception))
        {
        }
    }

    /// <summary>Reports the first exception. Listeners of the program run within each call of an instrument, so any exception is possible.</summary>
    /// <returns>True.</returns>
    private bool Told(Exception exception)
    {
        if (Interlocked.Exchange(ref _broken, 1) == 0)
        {
            _warn($"A listener of the meter or the spans {Telemetry.Name} failed: {exception.Message.Split('\n')[0].TrimEnd()}");
        }

        return true;
    }

    private void Publish(TrainEvent trainEvent)
    {
        switch (trainEvent)
        {
            case TrainEvent.Started started:
                _loader = started.Setup?.Train;
                _run?.SetTag("regimen.from_step", started.From.Step);
                BeginWindow();
                break;
            case TrainEvent.StepTaken step:
                Step(step);
                break;
            case TrainEvent.Validated validated:
                Publish(validated.Pass);
                Span("validation", _epoch ?? _run, validated.Pass);
                BeginWindow();
                break;
            case TrainEvent.EpochEnded ended:
                Publish(ended.Train);
                End(_epoch);
                _epoch = null;
                BeginWindow();
                break;
            case TrainEvent.Ended ended:
                End(_epoch);
                _epoch = null;
                _run?.SetTag("regimen.status", ended.Result.Status.ToString());
                _run?.SetTag("regimen.reason", ended.Result.Reason);
                break;
        }
    }

    private static void Publish(Pass pass)
    {
        foreach ((string name, double value) in pass.Values)
        {
            Telemetry.Metric.Record(value, new("split", pass.Split), new("name", name));
        }
    }

    private void Step(TrainEvent.StepTaken step)
    {
        if (_epoch is null && _run is not null)
        {
            _epoch = Begin("epoch", _run.Context, _time.GetUtcNow());
            _epoch?.SetTag("regimen.epoch", step.State.At.Epoch);
        }

        Telemetry.Loss.Record(step.Loss);
        Telemetry.Lr.Record(step.Lr);
        Telemetry.Samples.Add(step.Samples);
        if (_loader is { Waited: var waited })
        {
            Telemetry.LoaderWait.Record((waited - _waited).TotalSeconds);
            _waited = waited;
        }

        _windowSamples += step.Samples;
        TimeSpan elapsed = _time.GetElapsedTime(_windowBegan);
        if (elapsed >= Window)
        {
            Telemetry.SamplesPerSecond.Record(_windowSamples / elapsed.TotalSeconds);
            BeginWindow();
        }
    }

    private void BeginWindow() => (_windowBegan, _windowSamples) = (_time.GetTimestamp(), 0);

    /// <summary>Adds the span of a pass that has just ended.</summary>
    private void Span(string name, Activity? parent, Pass pass)
    {
        Activity? span = Begin(name, parent?.Context ?? default, _time.GetUtcNow() - TimeSpan.FromSeconds(pass.Seconds));
        span?.SetTag("regimen.step", pass.At.Step);
        span?.SetTag("regimen.loss", pass.Loss);
        End(span);
    }

    /// <summary>Begins a span. The thread's current span stays as it is: code of the data set or the model must not become a part of it.</summary>
    private static Activity? Begin(string name, ActivityContext parent, DateTimeOffset start)
    {
        Activity? current = Activity.Current;
        Activity? span = Telemetry.Spans.StartActivity(name, ActivityKind.Internal, parent, startTime: start);
        Activity.Current = current;
        return span;
    }

    private void End(Activity? span)
    {
        Activity? current = Activity.Current;
        span?.SetEndTime(_time.GetUtcNow().UtcDateTime);
        span?.Dispose();
        Activity.Current = current;
    }
}
