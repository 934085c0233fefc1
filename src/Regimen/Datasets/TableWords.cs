using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Regimen.Datasets;

/// <summary>The different words of a column, each once, with a code in the order in which they were seen first.</summary>
internal sealed class TableWords
{
    private readonly List<string> _words = [];
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _codes
        = new Dictionary<byte[], int>(new BytesComparer()).GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>The words by their codes.</summary>
    public IReadOnlyList<string> Words => _words;

    /// <summary>A word's code, where it was seen before.</summary>
    public bool TryGetCode(ReadOnlySpan<byte> word, out int code) => _codes.TryGetValue(word, out code);

    /// <summary>Adds a word that is new.</summary>
    /// <returns>Its code.</returns>
    public int Add(ReadOnlySpan<byte> word)
    {
        _codes[word] = _words.Count;
        _words.Add(Encoding.UTF8.GetString(word));
        return _words.Count - 1;
    }

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            HashCode hash = default;
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());
    }
}
