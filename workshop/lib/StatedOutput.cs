using System.Globalization;
using System.Text.RegularExpressions;

namespace Workshop;

/// <summary>Compares what a step printed with what its source states. Numbers may differ by 2 % or by two units of their last printed digit,
/// because other processors round otherwise; <c>…</c> stands for any text.</summary>
internal static partial class StatedOutput
{
    /// <summary>Begins a line whose counts may differ too: by a tenth, or by 5.</summary>
    public const string About = "~";

    private const double Relative = 0.02;

    // A training without what the step is about often diverges, and then every processor has numbers of its own.
    private const double RelativeWhenBroken = 0.3;

    /// <summary>Returns the differences, one text each; none if the step printed what it states.</summary>
    /// <param name="source">The step.</param>
    /// <param name="shown">What it showed.</param>
    /// <param name="isBroken">Whether it ran with <c>--break</c>: only code that states what it prints then is compared.</param>
    public static IReadOnlyList<string> Differences(StepSource source, IReadOnlyList<Shown> shown, bool isBroken)
    {
        var differences = new List<string>();
        foreach (SourcePart.Code code in source.Parts.OfType<SourcePart.Code>())
        {
            if (isBroken && code.BrokenOutput.Count == 0)
            {
                continue;
            }

            IReadOnlyList<string> stated = isBroken ? code.BrokenOutput : code.Output;
            string[] lines = Lines(code, shown);
            for (int i = 0; i < Math.Max(stated.Count, lines.Length); i++)
            {
                string? expected = i < stated.Count ? stated[i] : null;
                string? received = i < lines.Length ? lines[i] : null;
                if (expected is null || received is null || !AreEqual(expected, received, isBroken ? RelativeWhenBroken : Relative))
                {
                    differences.Add($"{Path.GetFileName(source.Path)}:{code.FirstLine}: expected {expected ?? "nothing"}; received {received ?? "nothing"}");
                }
            }
        }

        return differences;
    }

    /// <summary>Writes what a step printed into its source, at the end of each block of code. Lines that were stated with <c>…</c> and are still right
    /// stay as they are.</summary>
    /// <param name="source">The step.</param>
    /// <param name="shown">What it showed.</param>
    /// <param name="isBroken">Whether it ran with <c>--break</c>: then only what differs from a normal run is written.</param>
    public static void Replace(StepSource source, IReadOnlyList<Shown> shown, bool isBroken)
    {
        string mark = isBroken ? "//!" : "//>";
        List<string> lines = [.. File.ReadAllLines(source.Path)];
        foreach (SourcePart.Code code in source.Parts.OfType<SourcePart.Code>().Reverse())
        {
            IReadOnlyList<string> stated = isBroken ? code.BrokenOutput : code.Output;
            string[] printed = Lines(code, shown);
            if (isBroken && printed.SequenceEqual(code.Output))
            {
                printed = [];
            }

            string[] written = [.. printed.Select((line, i) => Written(mark, i < stated.Count ? stated[i] : null, line))];
            List<string> kept = [.. lines[(code.FirstLine - 1)..code.LastLine].Where(l => !IsStated(l.TrimStart(), isBroken))];
            int end = kept.FindLastIndex(l => l.Trim().Length > 0) + 1;
            kept.InsertRange(end, written);
            lines.RemoveRange(code.FirstLine - 1, code.LastLine - code.FirstLine + 1);
            lines.InsertRange(code.FirstLine - 1, kept);
        }

        File.WriteAllText(source.Path, string.Join('\n', lines) + "\n");
    }

    private static string Written(string mark, string? stated, string line)
    {
        bool isAbout = stated?.StartsWith(About, StringComparison.Ordinal) == true;
        string text = stated is null || !AreEqual(stated, line) ? line : isAbout ? stated[About.Length..] : stated;
        return $"{(isAbout ? "//~" : mark)} {text}".TrimEnd();
    }

    private static bool IsStated(string line, bool isBroken)
        => isBroken ? line.StartsWith("//!", StringComparison.Ordinal) : line.StartsWith("//>", StringComparison.Ordinal) || line.StartsWith("//~", StringComparison.Ordinal);

    private static string[] Lines(SourcePart.Code code, IReadOnlyList<Shown> shown)
    {
        string printed = string.Concat(shown.Where(s => s.Line >= code.FirstLine && s.Line <= code.LastLine).Select(s => s.Text)).TrimEnd();
        return printed.Length == 0 ? [] : [.. printed.Split('\n').Select(l => l.TrimEnd())];
    }

    /// <summary>Whether a line is what was stated.</summary>
    public static bool AreEqual(string stated, string printed, double relative = Relative)
    {
        bool isAbout = stated.StartsWith(About, StringComparison.Ordinal);
        if (isAbout)
        {
            stated = stated[About.Length..];
        }

        string[] texts = Number().Split(stated);
        MatchCollection numbers = Number().Matches(stated);
        string pattern = "^" + string.Concat(texts.Select((t, i) => Escape(t) + (i < numbers.Count ? @"\s*(-?\d+(?:[.,]\d+)*(?:[eE][-+]?\d+)?)" : ""))) + "$";
        Match match = Regex.Match(printed, pattern, RegexOptions.CultureInvariant);
        return match.Success && Enumerable.Range(0, numbers.Count).All(i => AreClose(numbers[i].Value.Trim(), match.Groups[i + 1].Value, isAbout, relative));
    }

    private static string Escape(string text) => Regex.Replace(Regex.Escape(text.TrimEnd()).Replace("…", ".*", StringComparison.Ordinal), @"(\\ )+", @"\s+") + (text.EndsWith(' ') ? @"\s*" : "");

    private static bool AreClose(string stated, string printed, bool isAbout, double relative)
    {
        double a = Parse(stated);
        double b = Parse(printed);
        int point = stated.IndexOf('.', StringComparison.Ordinal);
        if (point < 0 && !stated.Contains('e', StringComparison.OrdinalIgnoreCase))
        {
            return isAbout ? Math.Abs(a - b) <= Math.Max(5, 0.1 * Math.Abs(a)) : a == b;
        }

        int digits = point < 0 ? 0 : stated[(point + 1)..].TakeWhile(char.IsAsciiDigit).Count();
        return Math.Abs(a - b) <= Math.Max(relative * Math.Abs(a), 2.0001 * Math.Pow(10, -digits));
    }

    private static double Parse(string number) => double.Parse(number.Replace(",", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\s*(?<![\w.])-?\d+(?:[.,]\d+)*(?:[eE][-+]?\d+)?")]
    private static partial Regex Number();
}
