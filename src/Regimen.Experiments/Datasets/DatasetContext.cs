using Regimen.Data;
using Regimen.Downloads;

namespace Regimen.Datasets;

/// <summary>What a data set function may need to know beside its options.</summary>
/// <param name="Seed">The run's seed, from which a split is drawn.</param>
public sealed record DatasetContext(ulong Seed)
{
    /// <summary>What the objective wants as targets; <see cref="TargetKind.Other"/> where it leaves that to the data.</summary>
    public TargetKind Target { get; init; } = TargetKind.Other;

    /// <summary>Whether <see cref="DataSplits.Table"/> will be asked for: it is made at once then, in place of reading the file again.</summary>
    public bool DescribesTables { get; init; }

    /// <summary>Who fetches files where a data set's options ask for that.</summary>
    public Downloader Downloader { get; init; } = new();

    /// <summary>Where a data set puts what it sees before its options decide; null where nobody looks.</summary>
    public DataPreview? Look { get; init; }

    /// <summary>Ends a download.</summary>
    public CancellationToken CancellationToken { get; init; }
}
