namespace Regimen.Text;

/// <summary>Splits a text into the pieces that byte-pair merges do not cross: runs of letters, of digits, of other characters, each with the
/// space before it, and runs of white space.</summary>
/// <remarks>The split of GPT-2 (Radford et al., "Language Models are Unsupervised Multitask Learners", 2019) without its list of English
/// contractions. A piece has at most <see cref="Longest"/> UTF-16 units, so that a text without spaces is bounded too.</remarks>
internal static class PieceSplit
{
    /// <summary>The maximum length of a piece.</summary>
    public const int Longest = 256;

    private enum Kind
    {
        Space,
        Letter,
        Digit,
        Other,
    }

    /// <inheritdoc cref="Tokenizer.NextPiece"/>
    public static int Next(ReadOnlySpan<char> text, bool isEnd)
    {
        Kind first = KindOf(text[0]);
        if (first == Kind.Space)
        {
            int spaces = Run(text, 0, Kind.Space);
            if (spaces == Longest)
            {
                return spaces;
            }

            if (spaces == text.Length)
            {
                return isEnd ? spaces : 0;
            }

            // The last space belongs to the word that follows it.
            if (spaces > 1 || text[0] != ' ')
            {
                return Math.Max(1, spaces - 1);
            }

            first = KindOf(text[1]);
        }

        int start = text[0] == ' ' ? 1 : 0;
        int end = Run(text, start, first);
        if (end < Longest)
        {
            return end < text.Length || isEnd ? end : 0;
        }

        // A surrogate pair stays together.
        if (end == text.Length && !isEnd)
        {
            return 0;
        }

        return end < text.Length && char.IsHighSurrogate(text[end - 1]) && char.IsLowSurrogate(text[end]) ? end - 1 : end;
    }

    /// <summary>Returns the end of a run of one kind, at most <see cref="Longest"/>.</summary>
    private static int Run(ReadOnlySpan<char> text, int start, Kind kind)
    {
        int limit = Math.Min(text.Length, Longest);
        int end = start;
        while (end < limit && KindOf(text[end]) == kind)
        {
            end++;
        }

        return end;
    }

    private static Kind KindOf(char c) => char.IsLetter(c) ? Kind.Letter
        : char.IsWhiteSpace(c) ? Kind.Space
        : char.IsNumber(c) ? Kind.Digit
        : Kind.Other;
}
