using System.ComponentModel.DataAnnotations;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>A CSV table with a header line and one row per line.</summary>
public static class Csv
{
    /// <summary>The options of a CSV table.</summary>
    public sealed record Options : TableOptions
    {
        /// <summary>The file with the training rows.</summary>
        [MinLength(1)]
        public required string Path { get; init; }

        /// <summary>The file with the test rows; null to hold out a fraction of the rows.</summary>
        [MinLength(1)]
        public string? TestPath { get; init; }

        /// <summary>The field separator: one character, or the word tab.</summary>
        [MinLength(1)]
        public string Separator { get; init; } = ",";
    }

    /// <summary>A CSV table. Numeric and categorical columns predict a class, numbers or labels.</summary>
    /// <exception cref="RequestException">The file, a column or a value is invalid; the message names the location.</exception>
    [Dataset("csv")]
    public static DataSplits Load(Options options, DatasetContext context)
    {
        OptionsCheck.ThrowUnlessValid(options);
        char separator = Separator(options);
        return new TableSplits(options, context, new CsvSource(options.Path, separator), options.TestPath is { } path ? new CsvSource(path, separator) : null).Load();
    }

    /// <summary>Returns the separator as a character.</summary>
    internal static char Separator(Options options) => options.Separator switch
    {
        "tab" or "\t" => '\t',
        [var one] when char.IsAscii(one) && !char.IsAsciiLetterOrDigit(one) && one is not ('"' or '\r' or '\n' or '\0' or '.' or '-' or '+') => one,
        _ => throw new RequestException(new Problem("Invalid field separator")
        {
            Where = "data.separator",
            Expected = "one ASCII character that is neither a letter nor part of a number, nor a quote or a line end; or the word tab",
            Received = YamlText.Quote(options.Separator),
        }),
    };
}
