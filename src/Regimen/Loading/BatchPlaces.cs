namespace Regimen.Loading;

/// <summary>Which places of an epoch's order each batch that is read takes: all of a batch, or the share of it, or of the batches, that one of several
/// ranks has.</summary>
/// <param name="BatchSize">The number of samples in a whole batch.</param>
/// <param name="Samples">The number of samples in the epoch.</param>
/// <param name="Share">This rank's share.</param>
internal readonly record struct BatchPlaces(int BatchSize, int Samples, RankShare Share)
{
    /// <summary>The number of batches that are read, of a number of whole batches.</summary>
    public int Count(int batches)
    {
        if (Share.Kind == ShareKind.Batches)
        {
            return (batches - Share.Rank + Share.Size - 1) / Share.Size;
        }

        // Only the last batch of an epoch can have fewer samples than there are ranks.
        return batches > 0 && Of(batches - 1).Count == 0 ? batches - 1 : batches;
    }

    /// <summary>The largest number of samples of a batch that is read.</summary>
    public int Largest => Share.Kind == ShareKind.Samples ? (BatchSize + Share.Size - 1) / Share.Size : BatchSize;

    /// <summary>Returns the first place and the number of places of a batch.</summary>
    /// <param name="batch">The batch, from 0.</param>
    public (int First, int Count) Of(int batch)
    {
        int whole = Share.Kind == ShareKind.Batches ? (batch * Share.Size) + Share.Rank : batch;
        int first = whole * BatchSize;
        int count = Math.Min(BatchSize, Samples - first);
        if (Share.Kind != ShareKind.Samples)
        {
            return (first, count);
        }

        int start = (int)((long)count * Share.Rank / Share.Size);
        return (first + start, (int)((long)count * (Share.Rank + 1) / Share.Size) - start);
    }
}

/// <summary>The share of one of several ranks in the data that they read together.</summary>
/// <param name="Rank">The rank, from 0.</param>
/// <param name="Size">The number of ranks.</param>
/// <param name="Kind">What is shared out.</param>
internal readonly record struct RankShare(int Rank, int Size, ShareKind Kind)
{
    /// <summary>Everything.</summary>
    public static RankShare All => new(0, 1, ShareKind.None);
}

/// <summary>What ranks share out.</summary>
internal enum ShareKind
{
    /// <summary>Nothing: one process reads all.</summary>
    None,

    /// <summary>The samples of each batch: consecutive ones to each rank, whose numbers differ by one at most.</summary>
    Samples,

    /// <summary>The batches: every <see cref="RankShare.Size"/>th to each rank.</summary>
    Batches,
}
