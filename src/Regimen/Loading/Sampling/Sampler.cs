using Regimen.Data;

namespace Regimen.Loading;

/// <summary>Selects and orders the samples of an epoch: a pure function of (seed, epoch), so that no state of it is saved.</summary>
public abstract class Sampler
{
    /// <summary>Whether a sample may be drawn more than once in an epoch, and another one not at all.</summary>
    public abstract bool Repeats { get; }

    /// <summary>Writes an epoch's order.</summary>
    /// <param name="order">The sample indices to write, each from 0 to below its length, which is the number of samples.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch, from 1.</param>
    public abstract void Fill(Span<int> order, ulong seed, int epoch);

    /// <summary>Returns the problems with a data set, before the first epoch; none by default.</summary>
    /// <param name="dataset">The data set to sample.</param>
    public virtual IEnumerable<Problem> Check(IDataset dataset) => [];
}
