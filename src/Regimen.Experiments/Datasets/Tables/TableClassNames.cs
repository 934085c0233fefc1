using System.Globalization;

namespace Regimen.Datasets;

/// <summary>Maps the values of a target column to classes. Each text is a class. If all values are whole numbers and some are written with a
/// zero fraction (<c>1.0</c>, as pandas writes a column with missing values), the classes are the numbers without the fraction.</summary>
internal sealed class TableClassNames
{
    // Beyond this, doubles can't represent every whole number.
    private const double LargestWhole = 1L << 53;
    private readonly bool _byValue;

    private TableClassNames(IReadOnlyList<string> classes, bool byValue, bool areFractions)
    {
        Classes = classes;
        _byValue = byValue;
        AreFractions = areFractions;
    }

    /// <summary>The classes: whole numbers in numeric order, other text in ordinal order.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Whether all values are numbers and at least one has a non-zero fraction, so they are not classes.</summary>
    public bool AreFractions { get; }

    /// <summary>Determines the classes of the given values.</summary>
    public static TableClassNames Of(IReadOnlyCollection<string> words)
    {
        if (words.All(w => long.TryParse(w, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)))
        {
            return new([.. words.OrderBy(Number).ThenBy(w => w, StringComparer.Ordinal)], byValue: false, areFractions: false);
        }

        if (words.All(IsWhole))
        {
            return new([.. words.Select(w => WholeName(w)!).Distinct().OrderBy(Number)], byValue: true, areFractions: false);
        }

        bool areNumbers = words.All(w => double.TryParse(w, NumberStyles.Float, CultureInfo.InvariantCulture, out _));
        return new([.. words.Order(StringComparer.Ordinal)], byValue: false, areNumbers);

        static long Number(string word) => long.Parse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }

    /// <summary>Returns the class of a value.</summary>
    public string NameOf(string word) => _byValue ? WholeName(word)! : word;

    /// <summary>Whether a value is a whole number, with or without a zero fraction.</summary>
    public static bool IsWhole(string word) => WholeName(word) is not null;

    /// <summary>Returns a whole number without its zero fraction; null for other text.</summary>
    public static string? WholeName(string word)
        => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number == Math.Floor(number) && Math.Abs(number) <= LargestWhole
            ? ((long)number).ToString(CultureInfo.InvariantCulture)
            : null;
}
