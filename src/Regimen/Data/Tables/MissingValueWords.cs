using System.Runtime.CompilerServices;
using System.Text;

namespace Regimen.Data;

/// <summary>The texts that mark a missing value, with a fast lookup.</summary>
internal sealed class MissingValueWords
{
    private readonly byte[][] _words;
    private readonly bool[] _beginsOne = new bool[256];
    private readonly bool _hasEmpty;

    private MissingValueWords(MissingValueWords other, bool hasEmpty) => (_words, _beginsOne, _hasEmpty) = (other._words, other._beginsOne, hasEmpty);

    public MissingValueWords(IEnumerable<string> words)
    {
        _words = [.. words.Select(Encoding.UTF8.GetBytes)];
        _hasEmpty = _words.Any(w => w.Length == 0);
        foreach (byte[] word in _words.Where(w => w.Length > 0))
        {
            _beginsOne[word[0]] = true;
        }
    }

    /// <summary>Returns a copy that includes empty text.</summary>
    public MissingValueWords WithEmpty() => new(this, hasEmpty: true);

    /// <summary>Whether a field's text marks a missing value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(ReadOnlySpan<byte> text) => text.IsEmpty ? _hasEmpty : _beginsOne[text[0]] && IsOne(text);

    private bool IsOne(ReadOnlySpan<byte> text)
    {
        foreach (byte[] word in _words)
        {
            if (text.SequenceEqual(word))
            {
                return true;
            }
        }

        return false;
    }
}
