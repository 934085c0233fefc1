using System.Globalization;
using System.Text;
using Regimen.Reports;
using Regimen.Text;

namespace Regimen.Findings;

/// <summary>Sums losses by the kind of the token's first character.</summary>
/// <param name="tokenizer">The tokenizer; null where the tokens have no text.</param>
internal sealed class TokenKinds(Tokenizer? tokenizer)
{
    private static readonly string[] Names = ["letter", "capital letter", "digit", "space", "line end", "punctuation", "other"];
    private readonly byte[] _kinds = tokenizer is null ? [] : [.. tokenizer.Vocabulary.Select(t => (byte)KindOf(t))];
    private readonly double[] _losses = new double[Names.Length];
    private readonly long[] _counts = new long[Names.Length];

    public void Add(int token, double loss)
    {
        if (_kinds.Length > 0)
        {
            int kind = _kinds[token];
            _losses[kind] += loss;
            _counts[kind]++;
        }
    }

    public IReadOnlyList<TokenKindLoss> Read()
        => [.. Names.Select((name, i) => new TokenKindLoss(name, _counts[i], _counts[i] == 0 ? 0 : _losses[i] / _counts[i]))
            .Where(k => k.Count > 0).OrderByDescending(k => k.Count)];

    private static int KindOf(string token)
    {
        // A token of one space is a space; in a longer one the space in front belongs to the word.
        string text = token.Trim(' ') is { Length: > 0 } word ? word : token;
        if (text.Length == 0 || (text.Length == 6 && text.StartsWith("<0x", StringComparison.Ordinal)))
        {
            return 6;
        }

        return Rune.GetUnicodeCategory(Rune.TryGetRuneAt(text, 0, out Rune first) ? first : Rune.ReplacementChar) switch
        {
            _ when text[0] is '\n' or '\r' => 4,
            _ when char.IsWhiteSpace(text[0]) => 3,
            UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => 1,
            UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter or UnicodeCategory.ModifierLetter => 0,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => 2,
            >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation => 5,
            _ => 6,
        };
    }
}
