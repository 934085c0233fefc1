using System.Globalization;
using System.Text.RegularExpressions;
using Regimen.SweepFiles;

namespace Regimen.Sweeps;

/// <summary>Reads a setting of a sweep: a list of values, <c>choice(…)</c>, <c>range(…)</c>, <c>interval(…)</c>, <c>log_interval(…)</c>, a pattern of
/// names (<c>experiment=course_*</c>), or one value that all trials share.</summary>
internal sealed partial class AxisReader(Func<string, IReadOnlyList<string>?> namesOf, ICollection<Problem> problems)
{
    private const int MostValues = 10_000;

    /// <summary>Returns the axis of a setting; null if the setting has one value, or a problem was added.</summary>
    /// <param name="argument">The setting, as <c>model.hidden=64,128</c>.</param>
    public SweepAxis? Read(string argument)
    {
        if (argument.Split('=', 2) is not [var key, var value])
        {
            // Not a setting at all: the composition of the config reports it.
            return null;
        }

        if (Call().Match(value) is { Success: true } call)
        {
            IReadOnlyList<string> parts = Split(call.Groups[2].Value);
            return call.Groups[1].Value switch
            {
                "choice" => Choice(argument, key, parts),
                "range" => Range(argument, key, parts),
                var kind => Interval(argument, key, parts, kind == "log_interval"),
            };
        }

        if (value.AsSpan().IndexOfAny('*', '?') >= 0 && namesOf(key) is { } names)
        {
            string pattern = $"^{Regex.Escape(value).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal)}$";
            string[] found = [.. names.Where(n => Regex.IsMatch(n, pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)))];
            return found.Length > 0
                ? new SweepAxis(key, SweepAxisKind.Choice, found, 0, 0, 0)
                : Refuse(argument, $"No {key} matches the pattern", $"a pattern of: {string.Join(", ", names)}", value);
        }

        return Split(value) is { Count: > 1 } list ? Choice(argument, key, list) : null;
    }

    /// <summary>Splits at commas outside of brackets and quotes: <c>[64,32],128</c> has two parts.</summary>
    internal static IReadOnlyList<string> Split(string text)
    {
        var parts = new List<string>();
        (int depth, char quote, int start) = (0, '\0', 0);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quote != '\0')
            {
                quote = c == quote ? '\0' : quote;
            }
            else if (c is '"' or '\'')
            {
                quote = c;
            }
            else if (c is '[' or '{' or '(')
            {
                depth++;
            }
            else if (c is ']' or '}' or ')')
            {
                depth--;
            }
            else if (c == ',' && depth <= 0)
            {
                parts.Add(text[start..i].Trim());
                start = i + 1;
            }
        }

        return [.. parts, text[start..].Trim()];
    }

    private SweepAxis? Choice(string argument, string key, IReadOnlyList<string> values)
    {
        int empty = values.ToList().FindIndex(v => v.Length == 0);
        if (empty >= 0)
        {
            return Refuse(argument, $"Value {empty + 1} of the list is empty", "values separated by commas, for example 64,128,256", argument.Split('=', 2)[1]);
        }

        return values.GroupBy(v => v).FirstOrDefault(g => g.Count() > 1) is { } twice
            ? Refuse(argument, "A value is listed twice", "each value once", twice.Key, "To train a point several times, use --seeds N.")
            : new SweepAxis(key, SweepAxisKind.Choice, values, 0, 0, 0);
    }

    private SweepAxis? Range(string argument, string key, IReadOnlyList<string> parts)
    {
        long[] numbers = [.. parts.Select(p => long.TryParse(p, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long n) ? n : long.MinValue)];
        const long Bound = 1L << 53;
        if (numbers.Length is < 2 or > 3 || numbers.Any(n => Math.Abs(n + (n == long.MinValue ? 1 : 0)) > Bound))
        {
            return Refuse(argument, "The range is not valid", "range(start,stop) or range(start,stop,step) with whole numbers; stop is not included", $"range({string.Join(",", parts)})", "For other numbers use choice(0.1,0.2) or interval(0.1,0.5).");
        }

        (long start, long stop, long step) = (numbers[0], numbers[1], numbers.Length == 3 ? numbers[2] : 1);
        if (step < 1 || start >= stop || (stop - start - 1) / step >= MostValues)
        {
            return Refuse(argument, "The range is not valid", $"start below stop, a step of at least 1, and at most {MostValues} values", $"range({string.Join(",", parts)})");
        }

        return new SweepAxis(key, SweepAxisKind.Range, [], start, start + ((stop - start - 1) / step * step), step);
    }

    private SweepAxis? Interval(string argument, string key, IReadOnlyList<string> parts, bool isLog)
    {
        double[] numbers = [.. parts.Select(p => double.TryParse(p, NumberStyles.Float, CultureInfo.InvariantCulture, out double n) ? n : double.NaN)];
        string name = isLog ? "log_interval" : "interval";
        if (numbers.Length != 2 || !numbers.All(double.IsFinite) || numbers[0] >= numbers[1] || (isLog && numbers[0] <= 0))
        {
            return Refuse(argument, "The interval is not valid", $"{name}(low,high) with low below high{(isLog ? ", both above 0" : string.Empty)}", $"{name}({string.Join(",", parts)})");
        }

        return new SweepAxis(key, isLog ? SweepAxisKind.LogInterval : SweepAxisKind.Interval, [], numbers[0], numbers[1], 0);
    }

    private SweepAxis? Refuse(string argument, string message, string expected, string received, string? hint = null)
    {
        problems.Add(new Problem(message) { Where = argument, Expected = expected, Received = received, Hint = hint });
        return null;
    }

    [GeneratedRegex("^(range|interval|log_interval|choice)\\((.*)\\)$", RegexOptions.Singleline)]
    private static partial Regex Call();
}
