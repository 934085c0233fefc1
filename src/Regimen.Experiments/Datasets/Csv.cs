using System.ComponentModel.DataAnnotations;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>What is done about values that are missing.</summary>
public enum MissingPolicy
{
    /// <summary>They are refused.</summary>
    Error,

    /// <summary>Their rows are left out, of every part.</summary>
    DropRow,

    /// <summary>A number is taken for the mean of the training rows, a word for their most frequent one.</summary>
    Mean,

    /// <summary>A number is taken for the median of the training rows, a word for their most frequent one.</summary>
    Median,
}

/// <summary>How numbers are scaled, by what the training rows have.</summary>
public enum TableScaling
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Less the mean, divided by the standard deviation.</summary>
    Standard,

    /// <summary>To 0…1.</summary>
    MinMax,
}

/// <summary>What is done about a word that no training row has.</summary>
public enum UnknownWords
{
    /// <summary>It is refused.</summary>
    Error,

    /// <summary>All of its column's inputs are 0.</summary>
    Zeros,
}

/// <summary>A table of text: a header, then a row a line.</summary>
public static class Csv
{
    /// <summary>Which file, which columns, and what is made of them.</summary>
    public sealed record Options
    {
        /// <summary>The file with the training rows.</summary>
        [MinLength(1)]
        public required string Path { get; init; }

        /// <summary>The columns to be predicted: one for a class, one or several for numbers or labels.</summary>
        [MinLength(1)]
        public required IReadOnlyList<string> Target { get; init; }

        /// <summary>What the targets are; null for what the objective wants.</summary>
        public StatedTarget? TargetKind { get; init; }

        /// <summary>The file with the test rows; null holds a part of the rows out.</summary>
        [MinLength(1)]
        public string? TestPath { get; init; }

        /// <summary>The part of the rows that is held out for the test where it has no file; 0 for none.</summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double TestFraction { get; init; } = 0.2;

        /// <summary>The part of the rows that is held out for validation; 0 for none.</summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double ValidationFraction { get; init; } = 0.2;

        /// <summary>Whether what is held out has each class in its share.</summary>
        public bool Stratify { get; init; } = true;

        /// <summary>Columns that are left out.</summary>
        public IReadOnlyList<string> Drop { get; init; } = [];

        /// <summary>Columns of numbers; of those that are not listed the kind is found.</summary>
        public IReadOnlyList<string> Numeric { get; init; } = [];

        /// <summary>Columns of words, each word an input of its own; of those that are not listed the kind is found.</summary>
        public IReadOnlyList<string> Categorical { get; init; } = [];

        /// <summary>What is done about values that are missing.</summary>
        public MissingPolicy Missing { get; init; } = MissingPolicy.Error;

        /// <summary>What stands where there is no value.</summary>
        public IReadOnlyList<string> MissingValues { get; init; } = ["", "NA", "N/A", "NaN", "nan", "null"];

        /// <summary>What is done about a word of validation or test that no training row has.</summary>
        public UnknownWords Unknown { get; init; } = UnknownWords.Error;

        /// <summary>How numbers are scaled, by what the training rows have.</summary>
        public TableScaling Scaling { get; init; } = TableScaling.Standard;

        /// <summary>How targets that are numbers are scaled, by the training rows, for the objective; metrics are in the targets' own units.
        /// log is log(1 + target), standardised.</summary>
        [LegacyDefault("none")]
        public TargetScaling ScaleTarget { get; init; } = TargetScaling.Standard;

        /// <summary>How many different words a column may have.</summary>
        [Range(2, 100_000)]
        public int MaxCategories { get; init; } = 100;

        /// <summary>What stands between fields: one character, or the word tab.</summary>
        [MinLength(1)]
        public string Separator { get; init; } = ",";

        /// <summary>What stands before the fraction of a number: a point or a comma. Columns whose words look like numbers of another form
        /// (0,5 or 1,000 or 5%) are refused; with null numbers have a point, and such words are words.</summary>
        [RegularExpression("[.,]", ErrorMessage = "a point or a comma, or null")]
        [LegacyDefault("null")]
        public string? Decimal { get; init; } = ".";

        /// <summary>What stands between thousands: one of . , ' _ or the word space; null for nothing.</summary>
        [RegularExpression("[.,'_ ]|space", ErrorMessage = "one of . , ' _ or the word space, or null")]
        public string? Thousands { get; init; }
    }

    /// <summary>A table of text (CSV): numbers and words of a row predict a class, numbers or labels.</summary>
    /// <exception cref="RequestException">The file, a column or a value is wrong; the place is told.</exception>
    [Dataset("csv")]
    public static DataSplits Load(Options options, DatasetContext context)
    {
        OptionsCheck.ThrowUnlessValid(options);
        return new CsvSplits(options, context).Load();
    }

    /// <summary>The separator as a character.</summary>
    internal static char Separator(Options options) => options.Separator switch
    {
        "tab" or "\t" => '\t',
        [var one] when char.IsAscii(one) && !char.IsAsciiLetterOrDigit(one) && one is not ('"' or '\r' or '\n' or '\0' or '.' or '-' or '+') => one,
        _ => throw new RequestException(new Problem("This can't separate fields")
        {
            Where = "data.separator",
            Expected = "one ASCII character that is neither a letter nor part of a number, nor a quote or a line end; or the word tab",
            Received = YamlText.Quote(options.Separator),
        }),
    };

    /// <summary>How the table's cells are written.</summary>
    internal static CellFormat Format(Options options)
    {
        var numbers = new NumberFormat(options.Decimal is [var mark] ? mark : '.', options.Thousands switch
        {
            null => null,
            "space" => ' ',
            [var one] => one,
            _ => throw new RequestException(new Problem("This can't stand between thousands") { Where = "data.thousands", Expected = "one character", Received = options.Thousands }),
        });
        return numbers.Thousands != numbers.Decimal ? new(new MissingValueWords(options.MissingValues), numbers) : throw new RequestException(
            new Problem("One character can't be both") { Where = "data.decimal and data.thousands", Expected = "two that differ", Received = YamlText.Quote(numbers.Decimal.ToString()) });
    }
}
