using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>An image that a metadata file lists.</summary>
/// <param name="File">The file's path, relative to the metadata file's folder, with <c>/</c> between folders.</param>
/// <param name="Label">The class.</param>
/// <param name="Place">Where the file lists it.</param>
internal readonly record struct ListedImage(string File, string Label, string Place);

/// <summary>Reads <c>metadata.csv</c> or <c>metadata.jsonl</c>, which lists the images beside it by <c>file_name</c>: the layout of Hugging Face's imagefolder.</summary>
internal static class ImageMetadata
{
    private const string FileName = "file_name";
    private const string Csv = "metadata.csv";
    private const string JsonLines = "metadata.jsonl";

    /// <summary>The names of the files, in words.</summary>
    public const string Names = $"{Csv} or {JsonLines}";

    /// <summary>Returns the metadata file of a folder; null if there is none.</summary>
    /// <exception cref="RequestException">There are both.</exception>
    public static string? Find(string folder)
    {
        string[] found = [.. new[] { Csv, JsonLines }.Select(n => Path.Combine(folder, n)).Where(File.Exists)];
        return found.Length < 2 ? found.FirstOrDefault() : throw new RequestException(new Problem("The folder has two metadata files")
        {
            Where = folder,
            Expected = Names,
            Received = "both",
        });
    }

    /// <summary>Reads the list.</summary>
    /// <param name="path">The file.</param>
    /// <param name="label">The column, or the key, of the class.</param>
    /// <exception cref="RequestException">The file is not readable, or has no such columns; the message names the line.</exception>
    public static IReadOnlyList<ListedImage> Read(string path, string label)
    {
        InputFile.RequireRegular(path);
        return path.EndsWith(".csv", StringComparison.Ordinal) ? ReadCsv(path, label) : ReadJsonLines(path, label);
    }

    private static List<ListedImage> ReadCsv(string path, string label)
    {
        using FileStream stream = InputFile.Open(path);
        var rows = new CsvRows(stream, path, ',');
        var images = new List<ListedImage>();
        (int File, int Label)? columns = null;
        int fields = 0;
        while (rows.Read())
        {
            for (int row = 0; row < rows.Rows; row++)
            {
                if (rows.Fields(row) == 1 && CsvField.Trim(rows.Field(row, 0)).IsEmpty)
                {
                    continue;
                }

                if (columns is not { } known)
                {
                    string[] header = [.. Enumerable.Range(0, rows.Fields(row)).Select(i => Text(rows, row, i))];
                    (columns, fields) = ((Column(header, FileName, path), Column(header, label, path)), header.Length);
                }
                else if (rows.Fields(row) != fields)
                {
                    throw new RequestException(new Problem("A row has another number of fields than the header")
                    {
                        Where = rows.Place(row, 0),
                        Expected = $"{fields}",
                        Received = $"{rows.Fields(row)}",
                    });
                }
                else
                {
                    images.Add(new ListedImage(Text(rows, row, known.File), Text(rows, row, known.Label), rows.Place(row, known.File)));
                }
            }
        }

        return columns is null ? throw new RequestException(new Problem("The file is empty") { Where = path, Expected = $"a header with the columns {FileName} and {label}, then rows" }) : images;
    }

    private static int Column(string[] header, string name, string path)
    {
        int[] places = [.. Enumerable.Range(0, header.Length).Where(i => header[i] == name)];
        return places is [var only] ? only : throw new RequestException(new Problem(places.Length == 0 ? $"The file has no column {name}" : $"The file has the column {name} twice")
        {
            Where = path,
            Expected = $"the columns {FileName} and that of data.label",
            Received = string.Join(", ", header.Take(20)),
            Hint = name == FileName ? null : Spelling.DidYouMean(name, header),
        });
    }

    private static string Text(CsvRows rows, int row, int field)
    {
        byte[] memory = [];
        ReadOnlySpan<byte> text = CsvField.Trim(rows.Field(row, field));
        return CsvField.TryUnquote(ref text, ref memory) ? Encoding.UTF8.GetString(text) : throw new RequestException(
            new Problem("A quote stands inside of a field") { Where = rows.Place(row, field), Expected = "a field in quotes, with each quote inside doubled" });
    }

    private static List<ListedImage> ReadJsonLines(string path, string label)
    {
        var images = new List<ListedImage>();
        string[] lines = Encoding.UTF8.GetString(InputFile.ReadAllBytes(path)).TrimStart('\uFEFF').Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (string.IsNullOrWhiteSpace(lines[i]))
            {
                continue;
            }

            string place = string.Create(CultureInfo.InvariantCulture, $"{path}({i + 1})");
            JsonObject entry = Parse(lines[i], place);
            images.Add(new ListedImage(Value(entry, FileName, place), Value(entry, label, place), place));
        }

        return images.Count > 0 ? images : throw new RequestException(new Problem("The file is empty") { Where = path, Expected = "a JSON object per line" });
    }

    private static JsonObject Parse(string line, string place)
    {
        try
        {
            return StrictJson.Parse(line) as JsonObject ?? throw new JsonException("The line is not an object.");
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new RequestException(
                new Problem("The line is not a JSON object") { Where = place, Expected = $"{{\"{FileName}\": …}}", Received = CsvField.Short(line.TrimEnd()) }, exception);
        }
    }

    private static string Value(JsonObject entry, string key, string place) => entry[key] switch
    {
        JsonValue value when value.GetValueKind() is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.ToString(),
        var other => throw new RequestException(new Problem($"The line has no value for {key}")
        {
            Where = place,
            Expected = "a text or a number",
            Received = other is null ? (entry.ContainsKey(key) ? "null" : string.Join(", ", entry.Select(p => p.Key).Take(20))) : "a list or an object",
        }),
    };
}
