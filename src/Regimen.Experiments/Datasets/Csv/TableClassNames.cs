using System.Globalization;

namespace Regimen.Datasets;

/// <summary>The classes that the words of a target column stand for. Words are classes as they stand; whole numbers of which some are
/// written with a fraction (<c>1.0</c>, as pandas writes a column that has holes) are classes by their value, named without it.</summary>
internal sealed class TableClassNames
{
    // Above it, doubles are no longer every whole number.
    private const double LargestWhole = 1L << 53;
    private readonly bool _byValue;

    private TableClassNames(IReadOnlyList<string> classes, bool byValue, bool areFractions)
    {
        Classes = classes;
        _byValue = byValue;
        AreFractions = areFractions;
    }

    /// <summary>The classes: whole numbers in their order, words in ordinal order.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Whether all are numbers and one has a fraction, which no class has.</summary>
    public bool AreFractions { get; }

    /// <summary>Finds out what words stand for.</summary>
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

    /// <summary>The class of a word that was among them.</summary>
    public string NameOf(string word) => _byValue ? WholeName(word)! : word;

    /// <summary>Whether a word is a whole number, with or without a fraction of zeros.</summary>
    public static bool IsWhole(string word) => WholeName(word) is not null;

    /// <summary>A whole number without its fraction of zeros; null for every other word.</summary>
    public static string? WholeName(string word)
        => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number == Math.Floor(number) && Math.Abs(number) <= LargestWhole
            ? ((long)number).ToString(CultureInfo.InvariantCulture)
            : null;
}
