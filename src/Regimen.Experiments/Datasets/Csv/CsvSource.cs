namespace Regimen.Datasets;

/// <summary>A table in a CSV file.</summary>
/// <param name="path">The file.</param>
/// <param name="separator">The field separator.</param>
internal sealed class CsvSource(string path, char separator) : ITableSource
{
    /// <inheritdoc/>
    public string Name => path;

    /// <inheritdoc/>
    public char Separator => separator;

    /// <inheritdoc/>
    public Table Read(TableRequest request, CancellationToken cancellationToken)
        => Table.Read(path, separator, request.Format, request.Required, request.Choose, request.KindOf);
}
