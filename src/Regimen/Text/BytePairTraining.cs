using System.Runtime.InteropServices;
using System.Text;

namespace Regimen.Text;

/// <summary>Learns the merges of a <see cref="BytePairTokenizer"/>. After a merge, only the counts of pairs in the
/// pieces that contain the merged pair are updated; the text is not counted again.</summary>
internal sealed class BytePairTraining
{
    private readonly List<int>[] _pieces;
    private readonly long[] _counts;
    private readonly Dictionary<(int Left, int Right), long> _pairs = [];
    private readonly Dictionary<(int Left, int Right), HashSet<int>> _places = [];
    private readonly PriorityQueue<(int Left, int Right), (long Count, int Left, int Right)> _queue = new();
    private readonly List<int> _lengths = [.. Enumerable.Repeat(1, BytePairTokenizer.Bytes)];

    private BytePairTraining(IReadOnlyDictionary<string, long> counts)
    {
        KeyValuePair<string, long>[] pieces = [.. counts.OrderBy(c => c.Key, StringComparer.Ordinal)];
        _pieces = [.. pieces.Select(p => Encoding.UTF8.GetBytes(p.Key).Select(b => (int)b).ToList())];
        _counts = [.. pieces.Select(p => p.Value)];
    }

    /// <summary>Learns merges.</summary>
    /// <param name="counts">The pieces of the text and how often each occurs.</param>
    /// <param name="merges">The maximum number of merges.</param>
    public static IReadOnlyList<(int Left, int Right)> Merges(IReadOnlyDictionary<string, long> counts, int merges)
        => new BytePairTraining(counts).Learn(merges);

    /// <summary>Replaces each occurrence of a pair by a token, from left to right.</summary>
    public static void Replace(List<int> tokens, (int Left, int Right) pair, int token)
    {
        int to = 0;
        for (int from = 0; from < tokens.Count; from++)
        {
            bool isPair = from + 1 < tokens.Count && tokens[from] == pair.Left && tokens[from + 1] == pair.Right;
            tokens[to++] = isPair ? token : tokens[from];
            from += isPair ? 1 : 0;
        }

        tokens.RemoveRange(to, tokens.Count - to);
    }

    private List<(int Left, int Right)> Learn(int most)
    {
        for (int piece = 0; piece < _pieces.Length; piece++)
        {
            Count(piece, 1);
        }

        foreach ((int Left, int Right) pair in _pairs.Keys)
        {
            Enqueue(pair);
        }

        var merges = new List<(int Left, int Right)>();
        while (merges.Count < most && _queue.TryDequeue(out (int Left, int Right) pair, out (long Count, int, int) priority))
        {
            // A pair is in the queue once for each count that it had; only the current one is valid.
            if (_pairs.GetValueOrDefault(pair) != -priority.Count || priority.Count > -2)
            {
                continue;
            }

            Apply(pair, BytePairTokenizer.Bytes + merges.Count);
            merges.Add(pair);
        }

        return merges;
    }

    private void Apply((int Left, int Right) pair, int token)
    {
        _lengths.Add(_lengths[pair.Left] + _lengths[pair.Right]);
        var changed = new HashSet<(int Left, int Right)>();
        foreach (int piece in _places[pair])
        {
            changed.UnionWith(Count(piece, -1));
            Replace(_pieces[piece], pair, token);
            changed.UnionWith(Count(piece, 1));
        }

        _pairs.Remove(pair);
        _places.Remove(pair);
        foreach ((int Left, int Right) other in changed)
        {
            if (_pairs.GetValueOrDefault(other) > 0)
            {
                Enqueue(other);
            }
        }
    }

    /// <summary>Adds the pairs of a piece to the counts, or takes them away, and returns them.</summary>
    private HashSet<(int Left, int Right)> Count(int piece, int sign)
    {
        List<int> tokens = _pieces[piece];
        var pairs = new HashSet<(int Left, int Right)>();
        for (int i = 1; i < tokens.Count; i++)
        {
            (int, int) pair = (tokens[i - 1], tokens[i]);
            CollectionsMarshal.GetValueRefOrAddDefault(_pairs, pair, out _) += sign * _counts[piece];
            pairs.Add(pair);
        }

        foreach ((int Left, int Right) pair in pairs)
        {
            // A place is not removed: a piece that no longer has the pair is left unchanged by a merge.
            if (sign > 0)
            {
                (CollectionsMarshal.GetValueRefOrAddDefault(_places, pair, out _) ??= []).Add(piece);
            }
        }

        return pairs;
    }

    private void Enqueue((int Left, int Right) pair)
    {
        if (_lengths[pair.Left] + _lengths[pair.Right] <= BytePairTokenizer.LongestToken)
        {
            _queue.Enqueue(pair, (-_pairs[pair], pair.Left, pair.Right));
        }
    }
}
