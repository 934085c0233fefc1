using Regimen.Training;

namespace Regimen.Profiling;

/// <summary>Records which kind of work a training does from when to when, over a number of steps after others to warm up.</summary>
/// <remarks>The moments are contiguous: what no other kind claims is <see cref="TrainPhase.Other"/>. A measurement begins and ends with the event of a
/// step, which this observer receives last.</remarks>
/// <param name="warmup">The number of steps before the measured ones.</param>
/// <param name="steps">The number of steps to measure.</param>
/// <param name="time">The time provider.</param>
/// <param name="enough">Called after the last measured step.</param>
internal sealed class StepRecorder(long warmup, long steps, TimeProvider time, Action enough) : ITrainProbe, ITrainObserver
{
    private readonly List<ProfiledSpan> _spans = [];
    private readonly List<ProfiledStep> _steps = [];
    private TrainPhase _phase = TrainPhase.Other;
    private bool _isMeasuring;
    private long _begun;
    private long _since;
    private long _ended;

    /// <inheritdoc/>
    public TrainPhase Enter(TrainPhase phase)
    {
        TrainPhase before = _phase;
        if (_isMeasuring && phase != before)
        {
            Close(time.GetTimestamp());
        }

        _phase = phase;
        return before;
    }

    /// <inheritdoc/>
    public void Observe(TrainEvent trainEvent)
    {
        switch (trainEvent)
        {
            case TrainEvent.Started when warmup == 0:
                Begin();
                break;
            case TrainEvent.StepTaken taken:
                long now = time.GetTimestamp();
                if (_isMeasuring)
                {
                    _steps.Add(new ProfiledStep(taken.State.At.Step, Seconds(now), taken.Samples));
                }

                if (_isMeasuring && _steps.Count == steps)
                {
                    End(now);
                    enough();
                }
                else if (!_isMeasuring && _ended == 0 && taken.State.At.Step == warmup)
                {
                    Begin();
                }

                break;
            case TrainEvent.Ended or TrainEvent.Failed when _isMeasuring:
                End(time.GetTimestamp());
                break;
        }
    }

    /// <summary>Returns what was recorded.</summary>
    public StepProfile Read() => new(_spans, _steps, _ended == 0 ? 0 : Seconds(_ended));

    private void Begin()
    {
        _isMeasuring = true;
        _begun = _since = time.GetTimestamp();
    }

    private void End(long now)
    {
        Close(now);
        (_isMeasuring, _ended) = (false, now);
    }

    private void Close(long now)
    {
        _spans.Add(new ProfiledSpan(_phase, Seconds(_since), Seconds(now)));
        _since = now;
    }

    private double Seconds(long moment) => time.GetElapsedTime(_begun, moment).TotalSeconds;
}
