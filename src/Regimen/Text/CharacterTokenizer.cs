using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Regimen.Text;

/// <summary>One token for each character (Unicode scalar value) of the training text, and token 0 for any other character, which is decoded as
/// U+FFFD.</summary>
public sealed class CharacterTokenizer : Tokenizer
{
    internal const string KindName = "characters";
    internal const string UnknownName = "<unknown>";
    private const string CharactersKey = "characters";
    private const int UnknownToken = 0;

    // Any length gives the same tokens. Pieces are what a text that does not fit into memory is read by.
    private const int PieceLength = 256;
    private readonly Rune[] _characters;
    private readonly FrozenDictionary<int, int> _tokens;
    private readonly byte[][] _bytes;

    private CharacterTokenizer(IEnumerable<Rune> characters)
    {
        _characters = [.. characters];
        _tokens = _characters.Select((rune, index) => KeyValuePair.Create(rune.Value, index + 1)).ToFrozenDictionary();
        _bytes = [.. _characters.Prepend(Rune.ReplacementChar).Select(r => Encoding.UTF8.GetBytes(r.ToString()))];
        Vocabulary = [UnknownName, .. _characters.Select(r => r.ToString())];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Vocabulary { get; }

    /// <inheritdoc/>
    public override int? Unknown => UnknownToken;

    internal override string Kind => KindName;

    /// <summary>Creates the tokenizer of a text: its characters in the order of their code points. Of more than 65,535 different ones, the most
    /// frequent are kept.</summary>
    public static CharacterTokenizer Train(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var counts = new CharacterCounts();
        counts.Add(text);
        return counts.Train();
    }

    /// <summary>Creates the tokenizer of counted characters.</summary>
    internal static CharacterTokenizer Of(IEnumerable<KeyValuePair<Rune, long>> counts) => new(counts
        .OrderByDescending(c => c.Value).ThenBy(c => c.Key)
        .Take(MaxVocabulary - 1)
        .Select(c => c.Key)
        .Order());

    internal static CharacterTokenizer Read(JsonObject json)
    {
        string text = json[CharactersKey]?.GetValue<string>() ?? throw Damaged("characters", "none");
        Rune[] runes = [.. text.EnumerateRunes()];
        return runes.Length < MaxVocabulary && runes.Distinct().Count() == runes.Length && string.Concat(runes) == text
            ? new CharacterTokenizer(runes)
            : throw Damaged($"up to {MaxVocabulary - 1} different characters", string.Create(CultureInfo.InvariantCulture, $"{runes.Length}, {runes.Distinct().Count()} of them different"));
    }

    internal override int NextPiece(ReadOnlySpan<char> text, bool isEnd) => Length(text, isEnd);

    /// <summary>Returns the length of the first piece: a fixed number of UTF-16 units, or one more so that no surrogate pair is split.</summary>
    internal static int Length(ReadOnlySpan<char> text, bool isEnd)
        => text.Length > PieceLength ? PieceLength + (char.IsHighSurrogate(text[PieceLength - 1]) && char.IsLowSurrogate(text[PieceLength]) ? 1 : 0)
            : isEnd ? text.Length
            : 0;

    internal override void EncodePiece(ReadOnlySpan<char> piece, List<int> into)
    {
        foreach (Rune rune in piece.EnumerateRunes())
        {
            into.Add(_tokens.GetValueOrDefault(rune.Value, UnknownToken));
        }
    }

    internal override byte[] BytesOf(int token)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(token);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(token, _bytes.Length);
        return _bytes[token];
    }

    private protected override void WriteTo(JsonObject json) => json[CharactersKey] = string.Concat(_characters);
}
