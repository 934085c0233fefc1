using System.Runtime.CompilerServices;
using System.Text;

namespace Regimen.Datasets;

/// <summary>What stands where there is no value, for a quick look at each field.</summary>
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

    /// <summary>The same, and an empty text.</summary>
    public MissingValueWords WithEmpty() => new(this, hasEmpty: true);

    /// <summary>Whether a field's text stands for no value.</summary>
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
