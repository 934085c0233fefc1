using System.Runtime.InteropServices;
using System.Text;

namespace Regimen.Text;

/// <summary>Counts what a tokenizer is trained on, piece by piece, so that a text need not be in memory.</summary>
internal interface ITokenizerTraining
{
    /// <inheritdoc cref="Tokenizer.NextPiece"/>
    int NextPiece(ReadOnlySpan<char> text, bool isEnd);

    /// <summary>Counts a piece.</summary>
    void Add(ReadOnlySpan<char> piece);

    /// <summary>Creates the tokenizer.</summary>
    Tokenizer Train();
}

/// <summary>Counts characters.</summary>
internal sealed class CharacterCounts : ITokenizerTraining
{
    private readonly Dictionary<Rune, long> _counts = [];

    public int NextPiece(ReadOnlySpan<char> text, bool isEnd) => CharacterTokenizer.Length(text, isEnd);

    public void Add(ReadOnlySpan<char> piece)
    {
        foreach (Rune rune in piece.EnumerateRunes())
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, rune, out _)++;
        }
    }

    /// <summary>Creates the tokenizer.</summary>
    public CharacterTokenizer Train() => CharacterTokenizer.Of(_counts);

    Tokenizer ITokenizerTraining.Train() => Train();
}

/// <summary>Counts the pieces of a text for <see cref="BytePairTraining"/>.</summary>
/// <param name="vocabulary">The number of tokens to train.</param>
internal sealed class PieceCounts(int vocabulary) : ITokenizerTraining
{
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

    public int NextPiece(ReadOnlySpan<char> text, bool isEnd) => PieceSplit.Next(text, isEnd);

    public void Add(ReadOnlySpan<char> piece) => CollectionsMarshal.GetValueRefOrAddDefault(_counts.GetAlternateLookup<ReadOnlySpan<char>>(), piece, out _)++;

    /// <summary>Creates the tokenizer.</summary>
    public BytePairTokenizer Train() => new(BytePairTraining.Merges(_counts, vocabulary - BytePairTokenizer.Bytes));

    Tokenizer ITokenizerTraining.Train() => Train();
}
