using System.ComponentModel.DataAnnotations;

namespace Regimen.Data;

/// <summary>How a data set is cut into batches.</summary>
public sealed record LoaderOptions
{
    /// <summary>Samples in a training batch.</summary>
    [Range(1, 1_048_576)]
    public int BatchSize { get; init; } = 64;

    /// <summary>Whether each epoch has its own order, a function of seed and epoch; else the order of the data set.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Whether a last batch with fewer samples than the others is left out of training.</summary>
    public bool DropLast { get; init; }

    /// <summary>Samples in a batch of validation and test; it may be larger than the set.</summary>
    [Range(1, 1_048_576)]
    public int EvalBatchSize { get; init; } = 1000;

    /// <summary>Threads that prepare batches ahead; 0 prepares them in the training thread. Batches do not depend on it.</summary>
    [Range(0, 256)]
    public int Workers { get; init; } = 1;
}
