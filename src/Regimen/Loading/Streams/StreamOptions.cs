using System.ComponentModel.DataAnnotations;

namespace Regimen.Loading;

/// <summary>How a stream is divided into epochs and shuffled.</summary>
public sealed record StreamOptions
{
    /// <summary>The number of batches after which an epoch ends and the model is validated. It is independent of where the stream ends.</summary>
    [Range(1, int.MaxValue)]
    public int BatchesPerEpoch { get; init; } = 1000;

    /// <summary>The number of consecutive samples that are held in memory and shuffled, at least those of a batch; 1 keeps the stream's order. Each
    /// such part of the stream has its own order, a function of the seed and the part's number.</summary>
    [Range(1, 100_000_000)]
    public int ShuffleBuffer { get; init; } = 1;
}
