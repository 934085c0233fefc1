using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Regimen.Text;

/// <summary>Byte-pair encoding of UTF-8 bytes: 256 tokens for the bytes, then one token for each merge of two tokens, in the order in which
/// they were learned. Any text can be encoded and decoded without loss.</summary>
/// <remarks>Sennrich, Haddow, Birch, "Neural Machine Translation of Rare Words with Subword Units", 2016, applied to bytes as in Radford et al.,
/// "Language Models are Unsupervised Multitask Learners", 2019, whose split into words limits the merges (<see cref="PieceSplit"/>).</remarks>
public sealed class BytePairTokenizer : Tokenizer
{
    internal const string KindName = "bpe";

    /// <summary>The number of tokens that are single bytes.</summary>
    internal const int Bytes = 256;

    /// <summary>The maximum length of a token in bytes. It bounds the memory that a damaged file can ask for.</summary>
    internal const int LongestToken = 128;

    private const string MergesKey = "merges";
    private const int MostKnownPieces = 65_536;
    private readonly (int Left, int Right)[] _merges;
    private readonly FrozenDictionary<(int, int), int> _ranks;
    private readonly byte[][] _bytes;
    private readonly ConcurrentDictionary<string, int[]> _known = new(StringComparer.Ordinal);

    /// <param name="merges">The merged pairs in their order; each of tokens before it, and at most <see cref="LongestToken"/> bytes long.</param>
    internal BytePairTokenizer(IReadOnlyList<(int Left, int Right)> merges)
    {
        _merges = [.. merges];
        _ranks = _merges.Select((pair, rank) => KeyValuePair.Create(pair, rank)).ToFrozenDictionary();
        _bytes = new byte[Bytes + _merges.Length][];
        for (int token = 0; token < _bytes.Length; token++)
        {
            _bytes[token] = token < Bytes ? [(byte)token] : [.. _bytes[_merges[token - Bytes].Left], .. _bytes[_merges[token - Bytes].Right]];
        }

        Vocabulary = [.. _bytes.Select(Name)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Vocabulary { get; }

    /// <inheritdoc/>
    public override int? Unknown => null;

    internal override string Kind => KindName;

    /// <summary>Trains a tokenizer: the most frequent pair of neighbouring tokens is merged until the vocabulary is full or no pair occurs
    /// twice. Of equally frequent pairs, the one with the lowest ids is merged.</summary>
    /// <param name="text">The text.</param>
    /// <param name="vocabulary">The number of tokens, from 256 to 65,536.</param>
    public static BytePairTokenizer Train(string text, int vocabulary)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabulary, Bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vocabulary, MaxVocabulary);
        var counts = new PieceCounts(vocabulary);
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            int length = counts.NextPiece(rest, isEnd: true);
            counts.Add(rest[..length]);
            rest = rest[length..];
        }

        return counts.Train();
    }

    internal static BytePairTokenizer Read(JsonObject json)
    {
        JsonArray array = json[MergesKey]?.AsArray() ?? throw Damaged(MergesKey, "none");
        if (array.Count > MaxVocabulary - Bytes)
        {
            throw Damaged($"up to {MaxVocabulary - Bytes} merges", array.Count.ToString(CultureInfo.InvariantCulture));
        }

        var merges = new List<(int Left, int Right)>(array.Count);
        var seen = new HashSet<(int, int)>();
        var lengths = new List<int>(Enumerable.Repeat(1, Bytes));
        foreach (JsonNode? node in array)
        {
            int tokens = lengths.Count;
            JsonArray pair = node!.AsArray();
            (int left, int right) = pair.Count == 2 ? (pair[0]!.GetValue<int>(), pair[1]!.GetValue<int>()) : (-1, -1);
            bool isValid = left >= 0 && right >= 0 && left < tokens && right < tokens && seen.Add((left, right)) && lengths[left] + lengths[right] <= LongestToken;
            if (!isValid)
            {
                throw Damaged(
                    $"merge {merges.Count}: a new pair of tokens from 0 to {tokens - 1}, together at most {LongestToken} bytes long", Shorten(node.ToJsonString()));
            }

            merges.Add((left, right));
            lengths.Add(lengths[left] + lengths[right]);
        }

        return new BytePairTokenizer(merges);
    }

    internal override int NextPiece(ReadOnlySpan<char> text, bool isEnd) => PieceSplit.Next(text, isEnd);

    internal override void EncodePiece(ReadOnlySpan<char> piece, List<int> into)
    {
        ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> known = _known.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!known.TryGetValue(piece, out int[]? tokens))
        {
            tokens = Merge(piece);
            if (_known.Count < MostKnownPieces)
            {
                known[piece] = tokens;
            }
        }

        into.AddRange(tokens);
    }

    internal override byte[] BytesOf(int token)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(token);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(token, _bytes.Length);
        return _bytes[token];
    }

    private protected override void WriteTo(JsonObject json)
        => json[MergesKey] = new JsonArray([.. _merges.Select(m => new JsonArray(m.Left, m.Right))]);

    /// <summary>Applies the merges to the bytes of a piece, the earliest learned one first.</summary>
    private int[] Merge(ReadOnlySpan<char> piece)
    {
        Span<byte> bytes = stackalloc byte[Encoding.UTF8.GetMaxByteCount(piece.Length)];
        var tokens = new List<int>(bytes.Length);
        foreach (byte b in bytes[..Encoding.UTF8.GetBytes(piece, bytes)])
        {
            tokens.Add(b);
        }

        while (tokens.Count > 1)
        {
            int lowest = int.MaxValue;
            for (int i = 1; i < tokens.Count; i++)
            {
                lowest = Math.Min(lowest, _ranks.GetValueOrDefault((tokens[i - 1], tokens[i]), int.MaxValue));
            }

            if (lowest == int.MaxValue)
            {
                break;
            }

            BytePairTraining.Replace(tokens, _merges[lowest], Bytes + lowest);
        }

        return [.. tokens];
    }

    private static string Name(byte[] bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        return text.Contains('\uFFFD', StringComparison.Ordinal) ? string.Concat(bytes.Select(b => string.Create(CultureInfo.InvariantCulture, $"<0x{b:X2}>"))) : text;
    }
}
