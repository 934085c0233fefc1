using Regimen.Text;

namespace Regimen.Datasets;

/// <summary>The tokens of a part of a text.</summary>
internal abstract class TokenText
{
    /// <summary>The number of tokens.</summary>
    public abstract long Count { get; }

    /// <summary>Copies tokens. Thread-safe.</summary>
    /// <param name="first">The first token.</param>
    /// <param name="to">Receives the tokens; all of them exist.</param>
    public abstract void Read(long first, Span<ushort> to);

    /// <summary>Adds the tokens of a piece.</summary>
    /// <param name="tokens">The tokens, of 16 bits each.</param>
    /// <param name="offset">The offset of the piece in the text.</param>
    public abstract void Add(List<int> tokens, long offset);
}

/// <summary>Tokens in memory, two bytes each.</summary>
internal sealed class TokensInMemory : TokenText
{
    private const int BlockLength = 1 << 20;
    private readonly List<ushort[]> _blocks = [];
    private long _count;

    public override long Count => _count;

    public override void Add(List<int> tokens, long offset)
    {
        foreach (int token in tokens)
        {
            if (_count % BlockLength == 0)
            {
                _blocks.Add(new ushort[BlockLength]);
            }

            _blocks[^1][_count++ % BlockLength] = (ushort)token;
        }
    }

    public override void Read(long first, Span<ushort> to)
    {
        while (!to.IsEmpty)
        {
            ReadOnlySpan<ushort> block = _blocks[(int)(first / BlockLength)].AsSpan((int)(first % BlockLength));
            int count = Math.Min(block.Length, to.Length);
            block[..count].CopyTo(to);
            to = to[count..];
            first += count;
        }
    }
}

/// <summary>Tokens that are computed when they are read, from the piece at or before every 1,024th token. The index takes 16 bytes for each, so
/// that a text of 10 GB takes at most 160 MB.</summary>
internal sealed class TokensOnDemand(TextSource source, long end, Tokenizer tokenizer) : TokenText
{
    private const int Interval = 1024;
    private const int ReadTogether = 1 << 13;
    private readonly List<(long Token, long Offset)> _pieces = [];
    private long _count;

    public override long Count => _count;

    public override void Add(List<int> tokens, long offset)
    {
        while ((long)_pieces.Count * Interval < _count + tokens.Count)
        {
            _pieces.Add((_count, offset));
        }

        _count += tokens.Count;
    }

    public override void Read(long first, Span<ushort> to)
    {
        (long token, long offset) = _pieces[(int)(first / Interval)];
        using var pieces = new TextPieces(source, offset, end, tokenizer.NextPiece, ReadTogether);
        var tokens = new List<int>();
        while (!to.IsEmpty && pieces.MoveNext())
        {
            tokens.Clear();
            tokenizer.EncodePiece(pieces.Current, tokens);
            foreach (int value in tokens)
            {
                if (token++ >= first && !to.IsEmpty)
                {
                    to[0] = (ushort)value;
                    to = to[1..];
                }
            }
        }
    }
}
