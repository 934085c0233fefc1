using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>Splits a stream of UTF-8 text into rows and fields, with some rows in memory at a time. Line ends are <c>\n</c>, <c>\r\n</c> or
/// <c>\r</c>. Line ends and separators inside quotes are part of the field.</summary>
/// <remarks>Works on bytes: separator, quotes and line ends are ASCII, whose bytes do not occur in multi-byte UTF-8 characters.</remarks>
internal sealed class CsvRows
{
    /// <summary>The maximum size of a row in bytes. A longer one most likely has an unclosed quote.</summary>
    private const int LongestRow = 64 << 20;

    /// <summary>The buffer size in bytes, small enough for the CPU cache while the columns of a buffer are read one after the other.</summary>
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

    /// <summary>Creates a reader before the first row. Byte order marks are skipped.</summary>
    /// <param name="stream">The text, read from the current position.</param>
    /// <param name="path">The path for messages.</param>
    /// <param name="separator">The field separator, an ASCII character.</param>
    /// <param name="bufferSize">The number of bytes read at a time. The buffer grows for longer rows.</param>
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

    /// <summary>The number of rows in memory.</summary>
    public int Rows => _count;

    /// <summary>Returns the line on which a row begins, from 1.</summary>
    public int Line(int row) => _rows[row].Line;

    /// <summary>Returns the number of fields of a row.</summary>
    public int Fields(int row) => _rows[row].Fields;

    /// <summary>Returns the raw bytes of a field, including quotes and surrounding spaces. Valid until the next rows are read.</summary>
    public ReadOnlySpan<byte> Field(int row, int index) => Field(row, index, out _);

    /// <summary>Returns the raw bytes of a field, and whether its row contains a quote.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Field(int row, int index, out bool hasQuotes)
    {
        ref readonly RowPlace place = ref _rows[row];
        hasQuotes = place.HasQuotes;
        int from = index == 0 ? 0 : _ends[place.FirstField + index - 1] + 1;
        return _buffer.AsSpan(place.Start + from, _ends[place.FirstField + index] - from);
    }

    /// <summary>Formats the location at which a field begins, for messages.</summary>
    public string Place(int row, int index)
    {
        RowPlace place = _rows[row];
        int from = index == 0 ? 0 : _ends[place.FirstField + index - 1] + 1;
        return PlaceOf(place.Line, _buffer.AsSpan(place.Start, from));
    }

    /// <summary>Reads the next rows: all complete rows in the buffer, or one that is longer than the buffer.</summary>
    /// <returns>Whether there are more rows.</returns>
    /// <exception cref="RequestException">The following text is not valid UTF-8, or the row is too long.</exception>
    public bool Read()
    {
        _count = 0;
        _fields = 0;
        while (ReadRow())
        {
        }

        return _count > 0;
    }

    /// <summary>Adds the next row. Returns false at the end of the file, or if the row is incomplete and others are in the buffer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // Skips tiered compilation, which is too late for a table that is read within seconds.
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

    /// <summary>Moves behind the quote that closes the one before <paramref name="at"/>, or to the end of the file if there is none.</summary>
    /// <returns>Whether the new position is in the buffer.</returns>
    private bool AfterQuote(ref int at, ref int lines)
    {
        int from = at - _start;
        while (true)
        {
            int found = _buffer.AsSpan(at, _end - at).IndexOf((byte)'"');
            if (found >= 0)
            {
                at += found + 1;
                lines += CsvText.LineEnds(_buffer.AsSpan(_start + from, at - _start - from));
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
            lines += CsvText.LineEnds(_buffer.AsSpan(_start + from, _end - _start - from));
            return true;
        }
    }

    /// <summary>Reads more of the file if the row is the first in the buffer. Sets <paramref name="at"/> to the new position of
    /// <paramref name="target"/>.</summary>
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

    /// <summary>Formats the location after some of the row's text. Columns count characters, from 1.</summary>
    private string PlaceOf(int line, ReadOnlySpan<byte> before)
    {
        int lines = CsvText.LineEnds(before);
        int lastEnd = before.LastIndexOfAny((byte)'\n', (byte)'\r');
        return string.Create(CultureInfo.InvariantCulture, $"{_path}({line + lines},{Encoding.UTF8.GetCharCount(before[(lastEnd + 1)..]) + 1})");
    }

    /// <summary>Reads more bytes. Keeps the current, incomplete row.</summary>
    private bool Fill()
    {
        if (_end - _start > LongestRow)
        {
            throw new RequestException(new Problem("A row is too long")
            {
                Where = PlaceOf(_line, _buffer.AsSpan(_start, _fields > 0 ? _ends[_fields - 1] + 1 : 0)),
                Expected = $"at most {LongestRow >> 20} MB",
                Hint = "Check for a missing closing quote.",
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

        // A character that is cut off at the end of the buffer is checked together with the next bytes.
        int whole = _ended ? fresh.Length : CsvText.WholeCharacters(fresh);
        if (CsvText.Check(fresh[..whole]) is var (problem, at))
        {
            throw new RequestException(problem with { Where = PlaceOf(_line, _buffer.AsSpan(_start, _checked - _start + at)) });
        }

        _checked += whole;
    }

    private readonly record struct RowPlace(int Start, int Line, int FirstField, int Fields, bool HasQuotes);
}
