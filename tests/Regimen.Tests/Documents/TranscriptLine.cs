using System.Globalization;
using System.Text.RegularExpressions;

namespace Regimen.Tests.Documents;

/// <summary>Compares the output that a document shows with that of the command. What differs between two runs or two machines is not compared:
/// the time in a run's name, durations, weights digests; numbers with decimals and large ones have a tolerance of 2 %, because the last bits of a
/// training depend on the processor. A line "…" stands for any lines, "…" in a line for the rest of it.</summary>
internal static partial class TranscriptLine
{
    private const double Tolerance = 0.02;

    /// <summary>Returns the first shown line that the output does not have, or null.</summary>
    public static string? FirstDifference(IReadOnlyList<string> shown, IReadOnlyList<string> output)
    {
        int at = 0;
        for (int i = 0; i < shown.Count; i++)
        {
            if (shown[i].Trim() == "…")
            {
                if (i + 1 == shown.Count)
                {
                    return null;
                }

                while (at < output.Count && !AreEqual(shown[i + 1], output[at]))
                {
                    at++;
                }

                continue;
            }

            if (at >= output.Count || !AreEqual(shown[i], output[at]))
            {
                return $"{shown[i]}\n  and the command printed\n{(at < output.Count ? output[at] : "nothing more")}";
            }

            at++;
        }

        return at == output.Count ? null : $"nothing more\n  and the command printed\n{output[at]}";
    }

    public static bool AreEqual(string shown, string output)
    {
        (shown, output) = (Neutral(shown), Neutral(output));
        if (shown.IndexOf('…', StringComparison.Ordinal) is >= 0 and var end)
        {
            // A line that the program shortened itself has the character too.
            return shown == output || output.StartsWith(shown[..end], StringComparison.Ordinal);
        }

        MatchCollection numbers = Number().Matches(shown);
        MatchCollection others = Number().Matches(output);
        return numbers.Count == others.Count
            && Number().Replace(shown, "#") == Number().Replace(output, "#")
            && numbers.Zip(others).All(pair => AreNear(pair.First.Value, pair.Second.Value));
    }

    private static bool AreNear(string shown, string output)
    {
        double a = double.Parse(shown, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
        double b = double.Parse(output, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
        bool isMeasured = shown.Contains('.', StringComparison.Ordinal) || Math.Abs(a) >= 1000;
        return isMeasured ? Math.Abs(a - b) <= Tolerance * Math.Max(Math.Abs(a), Math.Abs(b)) : shown == output;
    }

    private static string Neutral(string line)
    {
        line = RunTime().Replace(line, "TIME");
        line = Duration().Replace(line, "DURATION");
        line = Digest().Replace(line, "weights digest");
        return Spaces().Replace(line.TrimEnd(), " ");
    }

    [GeneratedRegex(@"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?(?![\w])")]
    private static partial Regex Number();

    [GeneratedRegex(@"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d")]
    private static partial Regex RunTime();

    [GeneratedRegex(@"\d+\.\d s\b|\d+:\d\d min\b")]
    private static partial Regex Duration();

    [GeneratedRegex("weights digest [0-9a-f]+")]
    private static partial Regex Digest();

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();
}
