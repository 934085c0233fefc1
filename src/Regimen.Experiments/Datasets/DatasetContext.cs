using Regimen.Data;
using Regimen.Downloads;

namespace Regimen.Datasets;

/// <summary>The context of loading a data set, in addition to its options.</summary>
/// <param name="Seed">The run's seed, which determines random splits.</param>
public sealed record DatasetContext(ulong Seed)
{
    /// <summary>The kind of targets that the objective requires; <see cref="TargetKind.Other"/> if it accepts any.</summary>
    public TargetKind Target { get; init; } = TargetKind.Other;

    /// <summary>Whether <see cref="DataSplits.Table"/> is needed. It is then computed while the file is read, not by reading it again.</summary>
    public bool DescribesTables { get; init; }

    /// <summary>The downloader for data sets whose options enable downloads.</summary>
    public Downloader Downloader { get; init; } = new();

    /// <summary>Receives a preview of the data before the options are applied; null for no preview.</summary>
    internal DataPreview? Look { get; init; }

    /// <summary>Cancels a download.</summary>
    public CancellationToken CancellationToken { get; init; }
}
