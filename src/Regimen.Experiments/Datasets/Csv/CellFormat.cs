namespace Regimen.Datasets;

/// <summary>How the cells of a table are written.</summary>
/// <param name="Missing">What stands where there is no value.</param>
/// <param name="Numbers">How numbers are written.</param>
internal sealed record CellFormat(MissingValueWords Missing, NumberFormat Numbers)
{
    /// <summary>The same, with an empty cell standing for no value too.</summary>
    public CellFormat WithEmpty() => this with { Missing = Missing.WithEmpty() };
}
