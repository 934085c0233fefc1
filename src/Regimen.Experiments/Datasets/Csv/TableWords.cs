using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;

namespace Regimen.Datasets;

/// <summary>The different words of a column, each once, with a code in the order in which they were seen first.</summary>
/// <remarks>Words of at most eight bytes are found by these bytes in a table with linear probing, others in a dictionary.</remarks>
internal sealed class TableWords
{
    private readonly List<string> _words = [];
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _codes
        = new Dictionary<byte[], int>(new BytesComparer()).GetAlternateLookup<ReadOnlySpan<byte>>();

    // A place is free where its code is 0; other codes are one more than they are.
    private (ulong Word, int Code)[] _short = new (ulong, int)[32];
    private int _shortCount;

    /// <summary>The words by their codes.</summary>
    public IReadOnlyList<string> Words => _words;

    /// <summary>A word's code, where it was seen before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryGetCode(ReadOnlySpan<byte> word, out int code)
    {
        if (word.Length > sizeof(ulong))
        {
            return _codes.TryGetValue(word, out code);
        }

        code = _short[Place(Bytes(word))].Code - 1;
        return code >= 0;
    }

    /// <summary>Adds a word that is new.</summary>
    /// <returns>Its code.</returns>
    public int Add(ReadOnlySpan<byte> word)
    {
        int code = _words.Count;
        _words.Add(Encoding.UTF8.GetString(word));
        if (word.Length > sizeof(ulong))
        {
            _codes[word] = code;
            return code;
        }

        if (++_shortCount * 2 > _short.Length)
        {
            (ulong Word, int Code)[] before = _short;
            _short = new (ulong, int)[before.Length * 2];
            foreach ((ulong Word, int Code) one in before.Where(b => b.Code > 0))
            {
                _short[Place(one.Word)] = one;
            }
        }

        ulong bytes = Bytes(word);
        _short[Place(bytes)] = (bytes, code + 1);
        return code;
    }

    /// <summary>The place of a word, or the free one for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Place(ulong word)
    {
        // Multiplying by 2^64 divided by the golden ratio spreads the bytes over the high bits.
        int mask = _short.Length - 1;
        int place = (int)((word * 0x9E3779B97F4A7C15) >> 32) & mask;
        while (_short[place].Code != 0 && _short[place].Word != word)
        {
            place = (place + 1) & mask;
        }

        return place;
    }

    /// <summary>The bytes of a short word as a number: no two words give the same, as a text has no zero byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Bytes(ReadOnlySpan<byte> word)
    {
        ulong bytes = 0;
        for (int i = word.Length - 1; i >= 0; i--)
        {
            bytes = (bytes << 8) | word[i];
        }

        return bytes;
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
