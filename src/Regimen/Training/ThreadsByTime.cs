using Regimen.Engine;
using Regimen.Runs;

namespace Regimen.Training;

/// <summary>Lets the number of threads of a training follow the measured time of its steps (<see cref="ThreadPace"/>). Only for trainings with portable
/// bits, whose results do not depend on it.</summary>
internal sealed class ThreadsByTime : IDisposable
{
    private readonly ThreadPace _pace;
    private readonly TimeProvider _time;
    private long _began;

    private ThreadsByTime(TimeProvider time) => (_time, _pace) = (time, new ThreadPace(Threads.Parts));

    /// <summary>The fewest and the most threads of the steps so far.</summary>
    public ThreadRange Range => new(_pace.Least, _pace.Most);

    /// <summary>Begins, if the number of threads may vary and the training has portable bits; null otherwise.</summary>
    public static ThreadsByTime? Begin(TrainSetup setup, TimeProvider time, RankedTraining? ranks)
        => Threads.MayVary && Threads.Parts > 1 && ranks is null
            && BitsLevel.Of(setup.Options, setup.Model, setup.Objective, setup.Optimizer, setup.Train).Level == Bits.Portable
            ? new ThreadsByTime(time) : null;

    /// <summary>Begins a step, before its first batch is taken: a loader that has to wait for a processor is part of the step's time.</summary>
    public void BeginStep()
    {
        Threads.Limit = _pace.Next;
        _began = _time.GetTimestamp();
    }

    /// <summary>Ends a step, after its update.</summary>
    public void EndStep() => _pace.Add(_time.GetElapsedTime(_began).TotalMicroseconds);

    /// <summary>Gives back all threads.</summary>
    public void Dispose() => Threads.Limit = int.MaxValue;
}
