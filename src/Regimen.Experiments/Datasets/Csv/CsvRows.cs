using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;
using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>Splits a stream of UTF-8 text into rows and fields, some rows in memory at a time. Line ends are <c>\n</c>, <c>\r\n</c> or
/// <c>\r</c>; inside quotes neither a line end nor a separator counts.</summary>
/// <remarks>It works on bytes: the separator, quotes and line ends are ASCII, which no other character of UTF-8 contains.</remarks>
internal sealed class CsvRows
{
    /// <summary>A row above this size is refused: most likely a quote was left open.</summary>
    private const int LongestRow = 64 << 20;

    /// <summary>Small enough for the columns of a buffer to be read one after the other from the processor's cache.</summary>
    private const int BufferSize = 256 << 10;

    private readonly Stream _stream;
    private readonly string _path;
    private readonly byte _separator;
    private readonly SearchValues<byte> _stops;
    private RowPlace[] _rows = new RowPlace[256];
    private int _count;
    private byte[] _buffer;
    private int[] _ends = new int[1024];
    private int _fields;
    private int _start;
    private int _next;
    private int _end;
    private int _checked;
    private int _line = 1;
    private bool _ended;

    /// <summary>Begins before the first row; byte order marks are passed over.</summary>
    /// <param name="stream">The text; read from where it stands.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <param name="separator">The ASCII character between fields.</param>
    /// <param name="bufferSize">How many bytes are read at a time; grows where a row is longer.</param>
    public CsvRows(Stream stream, string path, char separator, int bufferSize = BufferSize)
    {
        _buffer = new byte[bufferSize];
        (_stream, _path, _separator) = (stream, path, (byte)separator);
        _stops = SearchValues.Create([_separator, (byte)'"', (byte)'\n', (byte)'\r']);
        Fill();
        while (_buffer.AsSpan(_next, _end - _next).StartsWith(Encoding.UTF8.Preamble))
        {
            _next += Encoding.UTF8.Preamble.Length;
        }

        _start = _next;
    }

    /// <summary>How many rows are in memory.</summary>
    public int Rows => _count;

    /// <summary>The line on which a row begins, from 1.</summary>
    public int Line(int row) => _rows[row].Line;

    /// <summary>How many fields a row has.</summary>
    public int Fields(int row) => _rows[row].Fields;

    /// <summary>A field as it stands in the file, with its quotes and the spaces around it; valid until the next rows are read.</summary>
    public ReadOnlySpan<byte> Field(int row, int index) => Field(row, index, out _);

    /// <summary>The same, and whether its row has a quote anywhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Field(int row, int index, out bool hasQuotes)
    {
        ref readonly RowPlace place = ref _rows[row];
        hasQuotes = place.HasQuotes;
        int from = index == 0 ? 0 : _ends[place.FirstField + index - 1] + 1;
        return _buffer.AsSpan(place.Start + from, _ends[place.FirstField + index] - from);
    }

    /// <summary>The place at which a field begins, as problems name it.</summary>
    public string Place(int row, int index)
    {
        RowPlace place = _rows[row];
        int from = index == 0 ? 0 : _ends[place.FirstField + index - 1] + 1;
        return PlaceOf(place.Line, _buffer.AsSpan(place.Start, from));
    }

    /// <summary>Goes on to the next rows: as many as the buffer holds whole, or one that is longer.</summary>
    /// <returns>Whether there are any.</returns>
    /// <exception cref="RequestException">What follows is not UTF-8 text, or is too long for a row.</exception>
    public bool Read()
    {
        _count = 0;
        _fields = 0;
        while (ReadRow())
        {
        }

        return _count > 0;
    }

    /// <summary>Adds the next row; false where there is none, or it is not whole in the buffer and others are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // Not compiled twice while it runs: a table is read within seconds.
    private bool ReadRow()
    {
        _start = _next;
        int first = _fields;
        int at = _start;
        bool hasQuotes = false;
        int lines = 0;
        while (true)
        {
            int found = _buffer.AsSpan(at, _end - at).IndexOfAny(_stops);
            if (found < 0)
            {
                if (Continues(ref at, _end))
                {
                    continue;
                }

                if (!_ended || _start == _end)
                {
                    _fields = first;
                    return false;
                }

                EndField(_end);
                EndRow(first, hasQuotes, lines, _end);
                return true;
            }

            byte stop = _buffer[at + found];
            at += found + 1;
            if (stop == _separator)
            {
                EndField(at - 1);
            }
            else if (stop == (byte)'"')
            {
                hasQuotes = true;
                if (!AfterQuote(ref at, ref lines))
                {
                    _fields = first;
                    return false;
                }
            }
            else
            {
                EndField(at - 1);
                if (stop == (byte)'\r')
                {
                    if (at == _end && !Continues(ref at, at) && !_ended)
                    {
                        _fields = first;
                        return false;
                    }

                    at += at < _end && _buffer[at] == (byte)'\n' ? 1 : 0;
                }

                EndRow(first, hasQuotes, lines + 1, at);
                return true;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void EndField(int end)
    {
        if (_fields == _ends.Length)
        {
            Array.Resize(ref _ends, _ends.Length * 2);
        }

        _ends[_fields++] = end - _start;
    }

    private void EndRow(int first, bool hasQuotes, int lines, int next)
    {
        if (_count == _rows.Length)
        {
            Array.Resize(ref _rows, _rows.Length * 2);
        }

        _rows[_count++] = new RowPlace(_start, _line, first, _fields - first, hasQuotes);
        _line += lines;
        _next = next;
    }

    /// <summary>Moves to the place after the quote that closes the one before <paramref name="at"/>, or to the file's end where none does.</summary>
    /// <returns>Whether the place is in the buffer.</returns>
    private bool AfterQuote(ref int at, ref int lines)
    {
        int from = at - _start;
        while (true)
        {
            int found = _buffer.AsSpan(at, _end - at).IndexOf((byte)'"');
            if (found >= 0)
            {
                at += found + 1;
                lines += LineEnds(_buffer.AsSpan(_start + from, at - _start - from));
                return true;
            }

            if (Continues(ref at, _end))
            {
                continue;
            }

            if (!_ended)
            {
                return false;
            }

            at = _end;
            lines += LineEnds(_buffer.AsSpan(_start + from, _end - _start - from));
            return true;
        }
    }

    /// <summary>Reads more of the file, if the row is the first in the buffer; <paramref name="at"/> is then <paramref name="target"/>'s
    /// new place.</summary>
    private bool Continues(ref int at, int target)
    {
        if (_ended || _count > 0)
        {
            return false;
        }

        int offset = target - _start;
        bool more = Fill();
        at = _start + offset;
        return more;
    }

    /// <summary>The place after some of the row's text; columns count characters, from 1.</summary>
    private string PlaceOf(int line, ReadOnlySpan<byte> before)
    {
        int lines = LineEnds(before);
        int lastEnd = before.LastIndexOfAny((byte)'\n', (byte)'\r');
        return string.Create(CultureInfo.InvariantCulture, $"{_path}({line + lines},{Encoding.UTF8.GetCharCount(before[(lastEnd + 1)..]) + 1})");
    }

    private static int LineEnds(ReadOnlySpan<byte> text)
    {
        int count = 0;
        for (int at; (at = text.IndexOfAny((byte)'\n', (byte)'\r')) >= 0; count++)
        {
            text = text[(at + (text[at..].StartsWith("\r\n"u8) ? 2 : 1))..];
        }

        return count;
    }

    /// <summary>Keeps the row that has begun, and reads what comes after it.</summary>
    private bool Fill()
    {
        if (_end - _start > LongestRow)
        {
            throw new RequestException(new Problem("A row is too long")
            {
                Where = PlaceOf(_line, _buffer.AsSpan(_start, _fields > 0 ? _ends[_fields - 1] + 1 : 0)),
                Expected = $"at most {LongestRow >> 20} MB",
                Hint = "Is a quote left open?",
            });
        }

        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_checked, _end, _start) = (_checked - _start, _end - _start, 0);
        }
        else if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        bool first = _end == 0;
        int before = _end;
        while (_end < _buffer.Length && !_ended)
        {
            int read;
            try
            {
                read = _stream.Read(_buffer.AsSpan(_end));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw InputFile.Unreadable(_path, e);
            }

            _ended = read == 0;
            _end += read;
        }

        if (first && _buffer.AsSpan(0, _end) is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            throw new RequestException(new Problem("The file is UTF-16") { Where = _path, Expected = "UTF-8", Hint = "Save it as UTF-8." });
        }

        RequireText();
        return _end > before;
    }

    private void RequireText()
    {
        ReadOnlySpan<byte> fresh = _buffer.AsSpan(_checked, _end - _checked);

        // A character may be cut by the buffer's end: it is checked with what follows.
        int whole = fresh.Length;
        for (int back = 1; !_ended && back <= Math.Min(3, fresh.Length) && fresh[^back] >= 0x80; back++)
        {
            if (fresh[^back] >= 0xC0)
            {
                whole = fresh.Length - back;
                break;
            }
        }

        ReadOnlySpan<byte> text = fresh[..whole];
        int zero = text.IndexOf((byte)0);
        int wrong = Utf8.IsValid(text) ? text.Length : FirstInvalid(text);
        if (zero >= 0 && zero < wrong)
        {
            throw new RequestException(new Problem("The file is no text")
            {
                Where = PlaceOf(_line, _buffer.AsSpan(_start, _checked - _start + zero)),
                Received = "a zero byte",
                Hint = "A table is text in UTF-8; a spreadsheet or a text in UTF-16 is exported as \"CSV UTF-8\".",
            });
        }

        if (wrong < text.Length)
        {
            throw new RequestException(new Problem("The file is not UTF-8")
            {
                Where = PlaceOf(_line, _buffer.AsSpan(_start, _checked - _start + wrong)),
                Received = string.Create(CultureInfo.InvariantCulture, $"the byte 0x{text[wrong]:X2}"),
                Hint = "Save it as UTF-8.",
            });
        }

        _checked += whole;
    }

    private static int FirstInvalid(ReadOnlySpan<byte> text)
    {
        int at = 0;
        while (at < text.Length && Rune.DecodeFromUtf8(text[at..], out _, out int length) == OperationStatus.Done)
        {
            at += length;
        }

        return at;
    }

    private readonly record struct RowPlace(int Start, int Line, int FirstField, int Fields, bool HasQuotes);
}
