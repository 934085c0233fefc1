namespace Regimen.Data;

/// <summary>Collects what a data set sees of its files before options decide what becomes of them, so that data which can't be trained on
/// yet can be looked at.</summary>
public sealed class DataPreview
{
    /// <summary>The columns of a table.</summary>
    public TableSummary? Table { get; set; }

    /// <summary>The files of a set of images.</summary>
    public ImageSummary? Images { get; set; }

    /// <summary>Whether there is something to show.</summary>
    public bool HasContent => Table is not null || Images is not null;
}
