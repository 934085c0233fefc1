using Regimen.Training;

namespace Regimen.Profiling;

/// <summary>Where the time of some steps of a training went.</summary>
/// <param name="Spans">The work, in order and without gaps.</param>
/// <param name="Steps">The steps.</param>
/// <param name="Seconds">The wall time from the end of the warm-up to the end of the last measured step.</param>
internal sealed record StepProfile(IReadOnlyList<ProfiledSpan> Spans, IReadOnlyList<ProfiledStep> Steps, double Seconds)
{
    /// <summary>The resident memory when the training began, after data and model were loaded, in bytes.</summary>
    public long MemoryAtStart { get; init; }

    /// <summary>The largest resident memory of the training, in bytes; of the process where the system does not tell it of a part.</summary>
    public long PeakMemory { get; init; }

    /// <summary>The number of samples in the steps.</summary>
    public long Samples => Steps.Sum(s => (long)s.Samples);

    /// <summary>The seconds of each kind of work, in the order of <see cref="TrainPhase"/>; of all kinds, also of those without any.</summary>
    public IReadOnlyList<(TrainPhase Phase, double Seconds)> Parts
        => [.. Enum.GetValues<TrainPhase>().Select(phase => (phase, Spans.Where(s => s.Phase == phase).Sum(s => s.End - s.Start)))];

    /// <summary>The fraction of the wall time that the parts explain.</summary>
    public double Explained => Seconds > 0 ? Parts.Sum(p => p.Seconds) / Seconds : 0;
}

/// <summary>A time of one kind of work.</summary>
/// <param name="Phase">The kind.</param>
/// <param name="Start">Its start, in seconds after the warm-up.</param>
/// <param name="End">Its end.</param>
internal readonly record struct ProfiledSpan(TrainPhase Phase, double Start, double End);

/// <summary>A measured step.</summary>
/// <param name="Step">Its number.</param>
/// <param name="End">Its end, in seconds after the warm-up.</param>
/// <param name="Samples">The number of its samples.</param>
internal readonly record struct ProfiledStep(long Step, double End, int Samples);
