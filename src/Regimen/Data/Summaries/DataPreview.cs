namespace Regimen.Data;

/// <summary>Collects summaries of a data set's files before its options are applied, so that data can be inspected that can't be trained on
/// yet.</summary>
internal sealed class DataPreview
{
    /// <summary>The summary of a table; null for other data.</summary>
    public TableSummary? Table { get; set; }

    /// <summary>The summary of image files; null for other data.</summary>
    public ImageSummary? Images { get; set; }

    /// <summary>Whether there is a summary.</summary>
    public bool HasContent => Table is not null || Images is not null;
}
