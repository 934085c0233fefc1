namespace Regimen.Datasets;

/// <summary>The text of a query.</summary>
internal static class SqlText
{
    /// <summary>Requires one statement without its end: it becomes a part of a larger query, in which only a SELECT is possible.</summary>
    /// <exception cref="RequestException">It has a semicolon outside of quotes and comments, or a quote or comment that is not closed.</exception>
    public static void RequireOneQuery(string key, string query)
    {
        for (int at = 0; at < query.Length; at++)
        {
            char c = query[at];
            if (c == ';' && query.AsSpan(at).Trim([';', ' ', '\t', '\r', '\n']).Length > 0)
            {
                throw Refused(key, "The query has more than one statement", "one SELECT");
            }

            int end = c switch
            {
                '\'' => Quoted(query, at, '\'', escapes: at > 0 && query[at - 1] is 'e' or 'E'),
                '"' => Quoted(query, at, '"', escapes: false),
                '-' when At(query, at, "--") => query.IndexOf('\n', at) is >= 0 and int line ? line : query.Length - 1,
                '/' when At(query, at, "/*") => Comment(query, at),
                '$' => Dollars(query, at),
                '\0' => throw Refused(key, "The query has a zero character", "text"),
                _ => at,
            };
            at = end >= 0 ? end : throw Refused(key, "A quote or a comment of the query is not closed", "closed quotes and comments");
        }
    }

    /// <summary>Returns the query without the semicolons at its end.</summary>
    public static string Statement(string query) => query.TrimEnd(';', ' ', '\t', '\r', '\n');

    /// <summary>Quotes a column's name.</summary>
    public static string Name(string column) => $"\"{column.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>Quotes a text.</summary>
    public static string Text(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static bool At(string query, int at, string text) => query.AsSpan(at).StartsWith(text, StringComparison.Ordinal);

    /// <returns>The position of the closing quote; −1 for none.</returns>
    private static int Quoted(string query, int at, char quote, bool escapes)
    {
        for (int i = at + 1; i < query.Length; i++)
        {
            if (escapes && query[i] == '\\')
            {
                i++;
            }
            else if (query[i] == quote)
            {
                if (i + 1 == query.Length || query[i + 1] != quote)
                {
                    return i;
                }

                i++;
            }
        }

        return -1;
    }

    /// <summary>A comment, which may contain others.</summary>
    private static int Comment(string query, int at)
    {
        int depth = 0;
        for (int i = at; i < query.Length; i++)
        {
            depth += At(query, i, "/*") ? 1 : At(query, i, "*/") ? -1 : 0;
            i += At(query, i, "/*") || At(query, i, "*/") ? 1 : 0;
            if (depth == 0)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>A text between <c>$tag$</c> and <c>$tag$</c>; a single dollar is not a quote.</summary>
    private static int Dollars(string query, int at)
    {
        int end = at + 1;
        while (end < query.Length && (char.IsLetterOrDigit(query[end]) || query[end] == '_'))
        {
            end++;
        }

        if (end == query.Length || query[end] != '$' || (end > at + 1 && char.IsAsciiDigit(query[at + 1])))
        {
            return at;
        }

        string tag = query[at..(end + 1)];
        int close = query.IndexOf(tag, end + 1, StringComparison.Ordinal);
        return close < 0 ? -1 : close + tag.Length - 1;
    }

    private static RequestException Refused(string key, string what, string expected) => new(new Problem(what) { Where = key, Expected = expected });
}
