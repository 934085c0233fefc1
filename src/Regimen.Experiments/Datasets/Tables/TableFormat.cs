using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>The format of a table's cells, as its options state it.</summary>
internal static class TableFormat
{
    /// <summary>Returns the format of the table's cells.</summary>
    public static CellFormat Of(TableOptions options)
    {
        return new(new MissingValueWords(options.MissingValues), Numbers(options.Decimal, options.Thousands, "data.decimal and data.thousands"));
    }

    /// <summary>Returns the format of numbers.</summary>
    /// <param name="mark">The decimal mark; null for a point.</param>
    /// <param name="thousands">The thousands separator; null for none.</param>
    /// <param name="where">The keys.</param>
    public static NumberFormat Numbers(string? mark, string? thousands, string where)
    {
        var numbers = new NumberFormat(mark is [var point] ? point : '.', thousands switch
        {
            null => null,
            "space" => ' ',
            [var one] => one,
            _ => throw new RequestException(new Problem("Invalid thousands separator") { Where = where, Expected = "one character", Received = thousands }),
        });
        return numbers.Thousands != numbers.Decimal ? numbers : throw new RequestException(
            new Problem("The decimal mark and the thousands separator are the same") { Where = where, Expected = "two different characters", Received = YamlText.Quote(numbers.Decimal.ToString()) });
    }
}
