using System.Globalization;
using System.Text;
using System.Text.Unicode;
using nietras.SeparatedValues;

namespace Regimen.Datasets;

/// <summary>Reads a table of text: a header, then a row a line, fields apart by one character, in quotes where they hold it (RFC 4180).
/// UTF-8, with or without a byte order mark.</summary>
/// <remarks>Splitting is Sep's; what it would let pass is checked here: stray and open quotes, ragged rows, bytes that are no text.</remarks>
internal sealed class CsvFile(string path, char separator)
{
    /// <summary>Reads the whole file.</summary>
    /// <param name="choose">Given the header: the columns to fill, null for those that are not wanted.</param>
    /// <returns>The lines on which the rows stand.</returns>
    /// <exception cref="RequestException">The file can't be read, or a field is wrong; the place is told.</exception>
    public List<int> Read(Func<IReadOnlyList<string>, TableColumn?[]> choose)
    {
        byte[] bytes = InputFile.ReadAllBytes(path);
        RequireText(bytes);
        using var text = new StreamReader(new MemoryStream(bytes, writable: false), new UTF8Encoding(false), detectEncodingFromByteOrderMarks: true);
        try
        {
            using SepReader reader = Sep.New(separator).Reader(o => o with
            {
                HasHeader = false,
                DisableColCountCheck = true,
                Unescape = false,
                CultureInfo = CultureInfo.InvariantCulture,
            }).From(text);
            return Read(reader, choose);
        }
        catch (NotSupportedException exception)
        {
            throw new RequestException(new Problem("A row is too long") { Where = path, Received = exception.Message, Hint = "Is a quote left open?" }, exception);
        }
    }

    private List<int> Read(SepReader reader, Func<IReadOnlyList<string>, TableColumn?[]> choose)
    {
        var lines = new List<int>();
        TableColumn?[]? columns = null;
        foreach (SepReader.Row row in reader)
        {
            if (row.ColCount <= 1 && row.Span.IsWhiteSpace())
            {
                continue;
            }

            if (columns is null)
            {
                var names = new string[row.ColCount];
                for (int i = 0; i < names.Length; i++)
                {
                    names[i] = Field(row, i).ToString();
                }

                columns = choose(names);
                continue;
            }

            if (row.ColCount != columns.Length)
            {
                for (int i = 0; i < row.ColCount; i++)
                {
                    // An open quote takes in what should have been fields of their own: that is told instead.
                    Field(row, i);
                }

                throw new RequestException(new Problem("A row has another number of fields than the header")
                {
                    Where = Place(row, Math.Min(row.ColCount, columns.Length) - 1),
                    Expected = $"{columns.Length} fields",
                    Received = $"{row.ColCount}",
                    Hint = $"A field that holds '{separator}' stands in quotes; another separator is set with data.separator.",
                });
            }

            for (int i = 0; i < columns.Length; i++)
            {
                ReadOnlySpan<char> field = Field(row, i);
                if (columns[i] is { } column && column.Add(field) is { } problem)
                {
                    throw new RequestException(problem with { Where = $"{Place(row, i)}, column {column.Name}" });
                }
            }

            lines.Add(row.LineNumberFrom);
        }

        return columns is not null ? lines : throw new RequestException(new Problem("The file is empty") { Where = path, Expected = "a header with the columns' names, then rows" });
    }

    /// <summary>A field's text: without its quotes, or without the spaces around it.</summary>
    private ReadOnlySpan<char> Field(SepReader.Row row, int index)
    {
        ReadOnlySpan<char> raw = row[index].Span;
        ReadOnlySpan<char> field = raw.Trim();
        if (!field.Contains('"'))
        {
            return field;
        }

        if (field.Length >= 2 && field[0] == '"' && field[^1] == '"')
        {
            ReadOnlySpan<char> inside = field[1..^1];
            if (!inside.Contains('"'))
            {
                return inside;
            }

            string unescaped = inside.ToString().Replace("\"\"", "\uFFFF", StringComparison.Ordinal);
            if (!unescaped.Contains('"', StringComparison.Ordinal))
            {
                return unescaped.Replace('\uFFFF', '"');
            }
        }

        throw new RequestException(new Problem("A quote is not where one can be")
        {
            Where = Place(row, index),
            Expected = "a field in quotes as a whole, with quotes inside doubled",
            Received = Short(field),
        });
    }

    private string Place(SepReader.Row row, int index)
    {
        int line = row.LineNumberFrom;
        int column = 1;
        for (int i = 0; i < index; i++)
        {
            foreach (char character in row[i].Span)
            {
                (line, column) = character == '\n' ? (line + 1, 1) : (line, column + 1);
            }

            column++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{path}({line},{column})");
    }

    private void RequireText(byte[] bytes)
    {
        if (bytes.AsSpan() is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            throw new RequestException(new Problem("The file is UTF-16") { Where = path, Expected = "UTF-8", Hint = "Save it as UTF-8." });
        }

        int zero = bytes.AsSpan().IndexOf((byte)0);
        int wrong = Utf8.IsValid(bytes) ? bytes.Length : FirstInvalid(bytes);
        if (zero >= 0 && zero < wrong)
        {
            throw new RequestException(new Problem("The file is no text") { Where = At(bytes, zero), Received = "a zero byte" });
        }

        if (wrong < bytes.Length)
        {
            throw new RequestException(new Problem("The file is not UTF-8")
            {
                Where = At(bytes, wrong),
                Received = string.Create(CultureInfo.InvariantCulture, $"the byte 0x{bytes[wrong]:X2}"),
                Hint = "Save it as UTF-8.",
            });
        }
    }

    private string At(byte[] bytes, int position)
    {
        ReadOnlySpan<byte> before = bytes.AsSpan(0, position);
        return string.Create(CultureInfo.InvariantCulture, $"{path}({before.Count((byte)'\n') + 1},{position - before.LastIndexOf((byte)'\n')})");
    }

    private static int FirstInvalid(byte[] bytes)
    {
        int at = 0;
        while (at < bytes.Length && Rune.DecodeFromUtf8(bytes.AsSpan(at), out _, out int length) == System.Buffers.OperationStatus.Done)
        {
            at += length;
        }

        return at;
    }

    internal static string Short(ReadOnlySpan<char> text) => text.Length <= 40 ? text.ToString() : $"{text[..40]}…";
}
