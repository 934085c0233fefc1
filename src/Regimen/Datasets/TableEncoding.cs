using System.Text.Json.Nodes;

namespace Regimen.Datasets;

/// <summary>How the rows of a table become samples: what was taken from its training rows, and is done to every other row. A model's
/// metadata holds it, so that the model's file alone is enough to predict.</summary>
public sealed class TableEncoding
{
    private readonly IReadOnlyList<TableFeature> _features;
    private readonly IReadOnlyList<string> _missingValues;
    private readonly char _separator;
    private readonly bool _ignoreUnknown;

    internal TableEncoding(IReadOnlyList<TableFeature> features, IReadOnlyList<string> missingValues, char separator, bool ignoreUnknown)
    {
        _features = features;
        _missingValues = missingValues;
        _separator = separator;
        _ignoreUnknown = ignoreUnknown;
        Width = features.Sum(f => f.Width);
    }

    /// <summary>The columns that a row must have.</summary>
    public IReadOnlyList<string> Columns => [.. _features.Select(f => f.Name)];

    /// <summary>How many values a sample has.</summary>
    public int Width { get; }

    /// <summary>Reads what <see cref="Describe"/> gave.</summary>
    /// <exception cref="RequestException">It is something else.</exception>
    public static TableEncoding Parse(JsonObject encoding)
    {
        try
        {
            return encoding["name"]!.GetValue<string>() == "table"
                ? new TableEncoding(
                    [.. encoding["features"]!.AsArray().Select(f => TableFeature.Parse(f!))],
                    [.. encoding["missing_values"]!.AsArray().Select(v => v!.GetValue<string>())],
                    encoding["separator"]!.GetValue<string>()[0],
                    encoding["ignore_unknown"]!.GetValue<bool>())
                : throw new FormatException("not the name 'table'");
        }
        catch (Exception exception) when (exception is NullReferenceException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            throw new RequestException(new Problem("This is no encoding of a table") { Received = encoding.ToJsonString() }, exception);
        }
    }

    /// <summary>As it stands in a model's metadata; read back by <see cref="Parse"/>.</summary>
    public JsonObject Describe() => new()
    {
        ["name"] = "table",
        ["separator"] = _separator.ToString(),
        ["missing_values"] = new JsonArray([.. _missingValues.Select(v => JsonValue.Create(v))]),
        ["ignore_unknown"] = _ignoreUnknown,
        ["features"] = new JsonArray([.. _features.Select(f => f.Describe())]),
    };

    /// <summary>Reads a table's rows as samples; columns that are not needed, the target among them, may be there or not.</summary>
    /// <param name="path">A file of the same columns, in any order.</param>
    /// <returns><c>[rows, <see cref="Width"/>]</c>, in the file's order.</returns>
    /// <exception cref="RequestException">The file can't be read, or a value is wrong, missing or unknown; the place is told.</exception>
    public float[,] Read(string path)
    {
        Dictionary<string, TableColumnKind> kinds = _features.ToDictionary(f => f.Name, f => f.Kind);
        Table table = Table.Read(path, _separator, _missingValues, Columns.Select(c => (c, path)), kinds.ContainsKey, name => kinds[name]);
        var samples = new float[table.Rows, Width];
        float[] rows = Encode(table, [.. Enumerable.Range(0, table.Rows)]);
        Buffer.BlockCopy(rows, 0, samples, 0, rows.Length * sizeof(float));
        return samples;
    }

    /// <summary>Some rows of a table as samples, one after the other.</summary>
    internal float[] Encode(Table table, ReadOnlySpan<int> rows)
    {
        var samples = new float[checked(rows.Length * Width)];
        TableColumn[] columns = [.. _features.Select(f => table[f.Name])];
        int at = 0;
        foreach (int row in rows)
        {
            for (int i = 0; i < columns.Length; i++)
            {
                _features[i].Encode(table, columns[i], row, samples.AsSpan(at, _features[i].Width), _ignoreUnknown);
                at += _features[i].Width;
            }
        }

        return samples;
    }
}
