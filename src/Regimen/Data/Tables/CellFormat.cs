namespace Regimen.Data;

/// <summary>The format of the cells of a table.</summary>
/// <param name="Missing">The texts that mark a missing value.</param>
/// <param name="Numbers">The format of numbers.</param>
internal sealed record CellFormat(MissingValueWords Missing, NumberFormat Numbers)
{
    /// <summary>Returns a copy in which an empty cell is also a missing value.</summary>
    public CellFormat WithEmpty() => this with { Missing = Missing.WithEmpty() };
}
