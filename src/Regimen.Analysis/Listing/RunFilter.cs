using System.Globalization;
using System.Text.RegularExpressions;

namespace Regimen.Listing;

/// <summary>Chooses rows by expressions such as <c>optimizer.lr&lt;0.01</c>, <c>status=finished</c>, <c>tag=good</c>, <c>name~cnn</c>. A row must
/// satisfy all of them.</summary>
public sealed partial class RunFilter
{
    private static readonly string[] Statuses = ["running", RunRow.Killed, "finished", "stopped_early", "interrupted", "failed", RunRow.DamagedStatus];
    private readonly List<Func<RunRow, bool>> _conditions = [];

    private RunFilter()
    {
    }

    /// <summary>Parses expressions <c>key OPERATOR value</c>: <c>=</c> and <c>!=</c> compare numbers, texts (without regard to case) or look for a
    /// tag, <c>&lt; &lt;= &gt; &gt;=</c> compare numbers or times, <c>~</c> looks for a part of the text. An empty value, or <c>null</c>, stands for no
    /// value.</summary>
    /// <param name="expressions">The expressions.</param>
    /// <param name="rows">All rows; their keys are known.</param>
    /// <exception cref="RequestException">An expression is invalid, or no row has its key: all problems at once.</exception>
    public static RunFilter Parse(IEnumerable<string> expressions, IReadOnlyList<RunRow> rows)
    {
        var filter = new RunFilter();
        var problems = new List<Problem>();
        foreach (string expression in expressions)
        {
            try
            {
                filter._conditions.Add(Condition(expression, rows));
            }
            catch (RequestException exception)
            {
                problems.AddRange(exception.Problems);
            }
        }

        return problems.Count > 0 ? throw new RequestException(problems) : filter;
    }

    /// <summary>Returns whether a row satisfies every expression.</summary>
    public bool Matches(RunRow row) => _conditions.TrueForAll(c => c(row));

    private static Func<RunRow, bool> Condition(string expression, IReadOnlyList<RunRow> rows)
    {
        Match parts = Pattern().Match(expression);
        if (!parts.Success)
        {
            throw new RequestException(new Problem("The filter is not an expression")
            {
                Where = expression,
                Expected = "KEY=VALUE, or with one of the operators != < <= > >= ~",
                Received = expression,
                Hint = "Put an expression with < or > in quotes: 'optimizer.lr<0.01'.",
            });
        }

        RunKey key = RunKey.Find(parts.Groups[1].Value, rows, expression);
        string value = parts.Groups[3].Value;
        switch (parts.Groups[2].Value)
        {
            case "=" or "==":
                CheckStatus(key, value, expression);
                return r => IsEqual(key.Of(r), value);
            case "!=":
                CheckStatus(key, value, expression);
                return r => !IsEqual(key.Of(r), value);
            case "~":
                return r => key.Of(r).Text?.Contains(value, StringComparison.OrdinalIgnoreCase) == true;
            case var comparison:
                double limit = Number(value, expression);
                return r => key.Of(r).Number is { } number && (comparison switch
                {
                    "<" => number < limit,
                    "<=" => number <= limit,
                    ">" => number > limit,
                    _ => number >= limit,
                });
        }
    }

    private static bool IsEqual(RunValue actual, string wanted) => actual switch
    {
        { Items: { } items } => wanted.Length == 0 ? items.Count == 0 : items.Contains(wanted, StringComparer.OrdinalIgnoreCase),
        { Text: null } => wanted is "" or "null",
        { Number: { } number } when TryNumber(wanted, out double value) => number.Equals(value),
        { Text: var text } => string.Equals(text.Replace(" ", "", StringComparison.Ordinal), wanted.Replace(" ", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase),
    };

    private static void CheckStatus(RunKey key, string value, string expression)
    {
        if (key.Name == "status" && !Statuses.Contains(value, StringComparer.OrdinalIgnoreCase))
        {
            throw new RequestException(new Problem("There is no such status") { Where = expression, Expected = $"one of {string.Join(", ", Statuses)}", Received = value, Hint = Spelling.DidYouMean(value, Statuses) });
        }
    }

    private static double Number(string value, string expression) => TryNumber(value, out double number)
        ? number
        : throw new RequestException(new Problem("The filter compares with something that is neither a number nor a time") { Where = expression, Expected = "a number, or a time as 2026-11-23 or 2026-11-23T14:03", Received = value });

    /// <summary>Reads a number, or a time (UTC) as seconds since 1970.</summary>
    private static bool TryNumber(string value, out double number)
    {
        if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out number))
        {
            return true;
        }

        bool isTime = value.Length >= 8 && DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) && (number = time.ToUnixTimeMilliseconds() / 1000.0) > 0;
        return isTime;
    }

    [GeneratedRegex(@"^\s*([^\s=!<>~]+)\s*(!=|<=|>=|==|=|<|>|~)\s*(.*?)\s*$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Pattern();
}
