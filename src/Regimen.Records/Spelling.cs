namespace Regimen;

/// <summary>Suggests a known word for a misspelt one.</summary>
internal static class Spelling
{
    private const int LongestWord = 64;

    /// <summary>Synonyms that an edit distance does not find.</summary>
    private static readonly Dictionary<string, string> SameMeaning = new(StringComparer.OrdinalIgnoreCase)
    {
        ["learning_rate"] = "lr",
        ["gpu"] = "cuda",
        ["off"] = "none",
        ["false"] = "none",
        ["no"] = "none",
    };

    /// <summary>Returns the candidate with the smallest edit distance, to itself or to a synonym of it, if it is at most a third of the word's
    /// length (at least 1); otherwise the only candidate that starts or ends with the word; otherwise null.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        string[] all = [.. candidates];
        if (word.Length is 0 or > LongestWord)
        {
            return null;
        }

        // A short synonym must match exactly, because it would be close to too many words.
        const int shortestToMisspell = 6;
        IEnumerable<(string Spelled, string Meant)> meanings = SameMeaning
            .Where(s => all.Contains(s.Value) && (s.Key.Length >= shortestToMisspell || s.Value == Synonym(word)))
            .Select(s => (s.Key, s.Value));
        string? nearest = null;
        int best = Math.Max(1, word.Length / 3) + 1;
        foreach ((string spelled, string meant) in all.Select(c => (c, c)).Concat(meanings))
        {
            int distance = string.Equals(word, spelled, StringComparison.OrdinalIgnoreCase) ? 0 : Distance(word, spelled);
            if (distance < best)
            {
                (nearest, best) = (meant, distance);
            }
        }

        const int shortestPart = 3;
        return nearest ?? (word.Length >= shortestPart && all.Where(c => IsPart(word, c)).ToArray() is [string only] ? only : null);
    }

    /// <summary>Returns the known word that a word is a synonym of, or null.</summary>
    public static string? Synonym(string word) => SameMeaning.GetValueOrDefault(word);

    /// <summary>Returns a question such as "Did you mean `hidden`?", or null.</summary>
    public static string? DidYouMean(string word, IEnumerable<string> candidates)
        => Nearest(word, candidates) is { } nearest ? $"Did you mean `{nearest}`?" : null;

    private static bool IsPart(string word, string whole)
        => whole.StartsWith(word, StringComparison.OrdinalIgnoreCase) || whole.EndsWith(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns the number of insertions, deletions, replacements and swaps of neighbours that turn one word into the other (optimal
    /// string alignment, Damerau 1964).</summary>
    internal static int Distance(string a, string b)
    {
        int[] beforeLast = new int[b.Length + 1];
        int[] last = new int[b.Length + 1];
        int[] current = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
        {
            last[j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(replaced, Math.Min(last[j], current[j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    current[j] = Math.Min(current[j], beforeLast[j - 2] + 1);
                }
            }

            (beforeLast, last, current) = (last, current, beforeLast);
        }

        return last[b.Length];
    }
}
