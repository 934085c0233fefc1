using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace Regimen.Datasets;

/// <summary>Returns the length of the first piece of a text; 0 if it depends on the text that follows.</summary>
/// <param name="text">The text.</param>
/// <param name="isEnd">Whether no text follows.</param>
internal delegate int PieceLength(ReadOnlySpan<char> text, bool isEnd);

/// <summary>Reads a part of a text piece by piece, with a memory of <see cref="Together"/> bytes or less.</summary>
/// <param name="source">The text.</param>
/// <param name="start">The offset of the first byte; a piece begins there.</param>
/// <param name="end">The offset behind the last byte.</param>
/// <param name="length">The split into pieces.</param>
/// <param name="together">The number of bytes that are read at once, at least 4,096.</param>
internal sealed class TextPieces(TextSource source, long start, long end, PieceLength length, int together = TextPieces.Together) : IDisposable
{
    /// <summary>The number of bytes that are read at once when a whole text is read.</summary>
    public const int Together = 1 << 18;

    private readonly byte[] _bytes = ArrayPool<byte>.Shared.Rent(together);
    private readonly char[] _characters = ArrayPool<char>.Shared.Rent(together * 2);
    private long _read = start;
    private int _unused;
    private int _first;
    private int _behind;
    private int _piece;

    /// <summary>The hash that all bytes are added to as they are read; null for none.</summary>
    public IncrementalHash? Hash { get; init; }

    /// <summary>The current piece.</summary>
    public ReadOnlySpan<char> Current => _characters.AsSpan(_first, _piece);

    /// <summary>The offset of the current piece.</summary>
    public long Offset { get; private set; } = start;

    /// <summary>Moves to the next piece.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="RequestException">The text is not UTF-8, or can't be read.</exception>
    public bool MoveNext()
    {
        Offset += Encoding.UTF8.GetByteCount(Current);
        _first += _piece;
        _piece = 0;
        while (true)
        {
            bool isEnd = _read == end && _unused == 0;
            ReadOnlySpan<char> rest = _characters.AsSpan(_first, _behind - _first);
            _piece = rest.IsEmpty ? 0 : length(rest, isEnd);
            if (_piece > 0 || isEnd)
            {
                return _piece > 0;
            }

            Fill();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        ArrayPool<char>.Shared.Return(_characters);
    }

    private void Fill()
    {
        _characters.AsSpan(_first, _behind - _first).CopyTo(_characters);
        (_first, _behind) = (0, _behind - _first);
        int space = (int)Math.Min(together - _unused, end - _read);
        (int count, bool endsFile) = source.Read(_read, _bytes.AsSpan(_unused, space));
        Hash?.AppendData(_bytes.AsSpan(_unused, count));
        _read += count;

        // A character does not continue in the next file.
        int available = _unused + count;
        bool isFinal = endsFile || _read == end;
        OperationStatus status = Utf8.ToUtf16(_bytes.AsSpan(0, available), _characters.AsSpan(_behind), out int used, out int written, replaceInvalidSequences: false, isFinal);
        if (status == OperationStatus.InvalidData)
        {
            throw Invalid(_read - available + used, _bytes[used]);
        }

        _behind += written;
        _unused = available - used;
        _bytes.AsSpan(used, _unused).CopyTo(_bytes);
    }

    private RequestException Invalid(long offset, byte value) => new(new Problem("The text is not valid UTF-8")
    {
        Where = source.Place(offset),
        Expected = "UTF-8",
        Received = string.Create(CultureInfo.InvariantCulture, $"the byte 0x{value:X2}"),
        Hint = "Convert the file, for example with `iconv -f ISO-8859-1 -t UTF-8`, or set data.path to a text.",
    });
}
