using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;

namespace Regimen.Datasets;

/// <summary>The distinct texts of a column. Their codes are assigned in order of first occurrence.</summary>
/// <remarks>Texts of at most eight bytes are looked up in a hash table with linear probing, longer ones in a dictionary.</remarks>
internal sealed class TableWords
{
    private readonly List<string> _words = [];
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _codes
        = new Dictionary<byte[], int>(new BytesComparer()).GetAlternateLookup<ReadOnlySpan<byte>>();

    // Codes are stored plus 1; 0 marks a free slot.
    private (ulong Word, int Code)[] _short = new (ulong, int)[32];
    private int _shortCount;

    /// <summary>The texts by code.</summary>
    public IReadOnlyList<string> Words => _words;

    /// <summary>Finds the code of a known text.</summary>
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

    /// <summary>Adds a new text.</summary>
    /// <returns>The code.</returns>
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

    /// <summary>Returns the slot of a text, or the free slot for it.</summary>
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

    /// <summary>Packs the bytes of a short text into an integer. The result is unique because text contains no zero bytes.</summary>
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
