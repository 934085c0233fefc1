using System.Text;
using Regimen.Files;

namespace Regimen.Exchange;

/// <summary>Reads a CSV file as RFC 4180 describes it: commas, fields in double quotes, a header. Sizes are limited.</summary>
internal static class DelimitedText
{
    private const long LargestFile = 1L << 30;
    private const int LongestField = 1 << 20;
    private const int MostColumns = 20_000;

    /// <summary>Reads the header and the rows. A row may have fewer fields than the header; further fields are an error.</summary>
    /// <exception cref="RequestException">The file can't be read, or is no CSV.</exception>
    public static (IReadOnlyList<string> Header, IReadOnlyList<string[]> Rows) Read(string path)
    {
        using FileStream file = InputFile.OpenRegular(path);
        if (file.Length > LargestFile)
        {
            throw Damaged(path, 1, $"it has {file.Length} bytes, more than {LargestFile}");
        }

        try
        {
            using var text = new StreamReader(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
            string[]? header = null;
            var rows = new List<string[]>();
            foreach ((int line, string[] fields) in Records(text, path))
            {
                if (header is null)
                {
                    header = fields;
                }
                else if (fields.Length > header.Length)
                {
                    throw Damaged(path, line, $"the row has {fields.Length} fields, the header {header.Length}");
                }
                else
                {
                    rows.Add(fields);
                }
            }

            return (header ?? throw Damaged(path, 1, "the file is empty"), rows);
        }
        catch (Exception exception) when (exception is DecoderFallbackException or IOException)
        {
            throw Damaged(path, 1, exception is DecoderFallbackException ? "it is not in UTF-8" : exception.Message, exception);
        }
    }

    private static IEnumerable<(int Line, string[] Fields)> Records(StreamReader text, string path)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        int line = 1;
        int begun = 1;
        bool isQuoted = false;
        bool any = false;
        for (int c = text.Read(); c >= 0; c = text.Read())
        {
            if (isQuoted)
            {
                if (c == '"' && text.Peek() != '"')
                {
                    isQuoted = false;
                    continue;
                }

                c = c == '"' ? text.Read() : c;
            }
            else if (c == '"' && field.Length == 0)
            {
                (isQuoted, any) = (true, true);
                continue;
            }
            else if (c is ',' or '\n')
            {
                if (c == '\n' && field.Length > 0 && field[^1] == '\r')
                {
                    field.Length--;
                }

                fields.Add(field.ToString());
                field.Clear();
                if (fields.Count > MostColumns)
                {
                    throw Damaged(path, line, $"the row has more than {MostColumns} fields");
                }

                if (c == '\n')
                {
                    if (any || fields.Count > 1 || fields[0].Length > 0)
                    {
                        yield return (begun, [.. fields]);
                    }

                    fields.Clear();
                    any = false;
                    begun = ++line;
                }

                continue;
            }

            line += c == '\n' ? 1 : 0;
            any = true;
            if (field.Length >= LongestField)
            {
                throw Damaged(path, begun, $"a field is longer than {LongestField} characters");
            }

            field.Append((char)c);
        }

        if (isQuoted)
        {
            throw Damaged(path, begun, "a quote is not closed");
        }

        if (any || fields.Count > 0)
        {
            fields.Add(field.ToString());
            yield return (begun, [.. fields]);
        }
    }

    private static RequestException Damaged(string path, int line, string reason, Exception? inner = null)
        => new(new Problem($"The file is not a CSV that can be imported: {reason}") { Where = $"{path}({line})" }, inner);
}
