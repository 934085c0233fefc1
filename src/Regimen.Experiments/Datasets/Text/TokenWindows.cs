using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using Regimen.Data;
using Regimen.Text;

namespace Regimen.Datasets;

/// <summary>Samples of a part of a text: the tokens of a window, and as target the token after each of them.</summary>
internal sealed class TokenWindows : IDataset
{
    private readonly TokenText _tokens;
    private readonly string _name;
    private readonly byte[] _digest;
    private readonly int _context;
    private readonly int _stride;

    /// <param name="tokens">The tokens, at least one more than the context.</param>
    /// <param name="name">The part of the text in messages.</param>
    /// <param name="digest">The digest of the part's text and of the tokenizer.</param>
    /// <param name="vocabulary">The number of different tokens.</param>
    /// <param name="context">The number of tokens of a sample.</param>
    /// <param name="stride">The distance between the starts of two samples.</param>
    public TokenWindows(TokenText tokens, string name, byte[] digest, int vocabulary, int context, int stride)
    {
        (_tokens, _name, _digest, _context, _stride) = (tokens, name, digest, context, stride);
        long count = ((tokens.Count - context - 1) / stride) + 1;
        Count = count <= int.MaxValue ? (int)count : throw new RequestException(new Problem("The text has too many samples")
        {
            Where = "data.stride",
            Expected = $"at most {int.MaxValue} samples",
            Received = count.ToString(CultureInfo.InvariantCulture),
            Hint = "Raise data.stride or data.context.",
        });
        var shape = new SampleShape(context);
        Fields =
        [
            new Field(TextGenerator.TokensField, shape, ElementType.Int64) { Cardinality = vocabulary },
            new Field(Field.Target, shape, ElementType.Int64) { Cardinality = vocabulary },
        ];
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Field> Fields { get; }

    /// <inheritdoc/>
    public string Origin(int index)
        => string.Create(CultureInfo.InvariantCulture, $"{_name}, tokens {(long)index * _stride} to {((long)index * _stride) + _context}, counted from 0");

    /// <inheritdoc/>
    public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        ushort[] rented = ArrayPool<ushort>.Shared.Rent(_context + 1);
        Span<ushort> window = rented.AsSpan(0, _context + 1);
        Span<long> tokens = into.Longs(TextGenerator.TokensField);
        Span<long> targets = into.Longs(Field.Target);
        for (int row = 0; row < indices.Length; row++)
        {
            _tokens.Read((long)indices[row] * _stride, window);
            for (int i = 0; i < _context; i++)
            {
                tokens[(row * _context) + i] = window[i];
                targets[(row * _context) + i] = window[i + 1];
            }
        }

        ArrayPool<ushort>.Shared.Return(rented);
    }

    /// <inheritdoc/>
    public void AppendTo(IncrementalHash hash)
    {
        DatasetHash.AppendText(hash, string.Create(CultureInfo.InvariantCulture, $"text {_context} {_stride}\0"));
        hash.AppendData(_digest);
    }
}
