namespace Regimen.App.Screen;

/// <summary>Wraps lines between words.</summary>
internal static class WordWrap
{
    /// <summary>Returns the lines of a text, none longer than <paramref name="width"/> unless a single word is. Further lines are indented to the
    /// text after the first gap (two spaces or more), or by two columns.</summary>
    public static IEnumerable<string> Lines(string text, int width)
    {
        if (text.Length <= width)
        {
            yield return text;
            yield break;
        }

        int indent = Indent(text, width);
        int from = 0;
        string before = string.Empty;
        while (text.Length - from > width - before.Length)
        {
            int end = Break(text, from, Math.Max(1, width - before.Length), isFirst: from == 0);
            if (end >= text.Length)
            {
                break;
            }

            yield return (before + text[from..end]).TrimEnd();
            from = end;
            while (from < text.Length && text[from] == ' ')
            {
                from++;
            }

            before = new string(' ', indent);
        }

        if (from < text.Length)
        {
            yield return before + text[from..];
        }
    }

    /// <summary>Returns the end of a line: after the last word that fits, otherwise after the last slash or comma, otherwise after the word.</summary>
    private static int Break(string text, int from, int room, bool isFirst)
    {
        int first = from;
        while (isFirst && first < text.Length && text[first] == ' ')
        {
            first++;
        }

        // A word that just fits ends where a space follows it.
        int longest = Math.Min(text.Length - 1, from + room);
        int space = text.LastIndexOf(' ', longest, longest - from + 1);
        if (space > first)
        {
            return space;
        }

        int soft = text.LastIndexOfAny(['/', '|', ','], longest - 1, Math.Max(0, longest - from));
        if (soft > first)
        {
            return soft + 1;
        }

        int next = text.IndexOf(' ', first);
        return next < 0 ? text.Length : next;
    }

    private static int Indent(string text, int width)
    {
        int start = text.AsSpan().IndexOfAnyExcept(' ');
        int gap = start < 0 ? -1 : text.IndexOf("  ", start, StringComparison.Ordinal);
        if (gap >= 0)
        {
            int behind = gap;
            while (behind < text.Length && text[behind] == ' ')
            {
                behind++;
            }

            if (behind <= width / 2)
            {
                return behind;
            }
        }

        return Math.Min(Math.Max(start, 0) + 2, width / 2);
    }
}
