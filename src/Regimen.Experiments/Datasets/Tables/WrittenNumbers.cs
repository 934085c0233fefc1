using System.Text.RegularExpressions;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>Detects text that is a formatted number (<c>0,5</c>, <c>1,000</c>, <c>1 234</c>, <c>5%</c>, <c>€ 3</c>), and suggests the config
/// keys to read it.</summary>
internal static partial class WrittenNumbers
{
    /// <summary>The maximum number of texts examined. A column of names may have one per row.</summary>
    private const int MostWords = 1000;

    /// <summary>Whether most of the texts look like numbers.</summary>
    public static bool AreMost(IReadOnlyCollection<string> words) => words.Take(MostWords).Count(Looks) * 2 > Math.Min(words.Count, MostWords);

    /// <summary>Whether a text looks like a number in any format.</summary>
    public static bool Looks(string word) => word.AsSpan().ContainsAnyInRange('0', '9') && Pattern().IsMatch(word.Trim());

    /// <summary>Suggests how to read texts that look like numbers in another format.</summary>
    /// <param name="words">The texts.</param>
    /// <param name="format">The current number format.</param>
    /// <returns>The suggestion; null if no text looks like a number.</returns>
    public static string? Hint(IEnumerable<string> words, NumberFormat format)
    {
        Match[] matches = [.. words.Take(MostWords).Where(Looks).Select(w => Pattern().Match(w.Trim()))];
        char[] marks = [.. matches.SelectMany(m => m.Groups["sep"].Captures).Select(c => Mark(c.ValueSpan[0])).Distinct()];
        char[] points = [.. matches.Where(m => m.Groups["frac"].Success).Select(m => m.Groups["frac"].ValueSpan[0]).Distinct()];
        char point = points.Contains(',') ? ',' : points.Contains('.') || marks.Contains(',') ? '.' : format.Decimal;
        List<string> settings = point != format.Decimal ? [ShellText.Setting("data.decimal", point.ToString())] : [];
        settings.AddRange(marks.Where(m => m != point && m != format.Thousands).Take(1).Select(m => ShellText.Setting("data.thousands", m == ' ' ? "space" : m.ToString())));
        List<string> hints = settings.Count > 0 ? [$"To read them as numbers, set {string.Join(' ', settings)}"] : [];
        if (marks is [','] && points.Length == 0 && format.Decimal != ',' && matches.All(m => m.Groups["sep"].Captures.Count == 1))
        {
            hints[0] += $", or {ShellText.Setting("data.decimal", ",")} if the comma is the decimal mark";
        }

        if (matches.Any(m => m.Groups["sign"].Success))
        {
            hints.Add("Remove signs such as % and € from the file");
        }

        return hints.Count > 0 ? $"{string.Join(". ", hints)}." : null;
    }

    private static char Mark(char separator) => separator switch
    {
        '\u00A0' or '\u2009' or '\u202F' => ' ',
        '\u2019' => '\'',
        _ => separator,
    };

    [GeneratedRegex(@"^(?:(?<sign>[\p{Sc}]|(?:EUR|USD|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK)\b)\s*)?[+\-\u2212]?(?:(?<sign>\p{Sc})\s*)?(?:[0-9]{1,3}(?:(?<sep>[.,' \u00A0\u2009\u202F\u2019_])[0-9]{3})+|[0-9]*)(?<frac>[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?(?:\s*(?<sign>[%\u2030\p{Sc}]|EUR|USD|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK))?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
