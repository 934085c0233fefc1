using Regimen.Data;

namespace Regimen.Loading;

/// <summary>Decides which samples an epoch shows in which order: a pure function of (seed, epoch), so that nothing of it is ever saved.</summary>
public abstract class Sampler
{
    /// <summary>Whether a sample may be seen more than once in an epoch, and another one not at all.</summary>
    public abstract bool Repeats { get; }

    /// <summary>Writes an epoch's order.</summary>
    /// <param name="order">To be filled with sample indices, each from 0 to below its length, which is the number of samples.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">From 1.</param>
    public abstract void Fill(Span<int> order, ulong seed, int epoch);

    /// <summary>What does not fit a data set, before the first epoch; none by default.</summary>
    /// <param name="dataset">What would be sampled.</param>
    public virtual IEnumerable<Problem> Check(IDataset dataset) => [];
}
