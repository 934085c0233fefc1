using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>The format of a table's cells, as its options state it.</summary>
internal static class TableFormat
{
    /// <summary>Returns the format of the table's cells.</summary>
    public static CellFormat Of(TableOptions options)
    {
        var numbers = new NumberFormat(options.Decimal is [var mark] ? mark : '.', options.Thousands switch
        {
            null => null,
            "space" => ' ',
            [var one] => one,
            _ => throw new RequestException(new Problem("Invalid thousands separator") { Where = "data.thousands", Expected = "one character", Received = options.Thousands }),
        });
        return numbers.Thousands != numbers.Decimal ? new(new MissingValueWords(options.MissingValues), numbers) : throw new RequestException(
            new Problem("The decimal mark and the thousands separator are the same") { Where = "data.decimal and data.thousands", Expected = "two different characters", Received = YamlText.Quote(numbers.Decimal.ToString()) });
    }
}
