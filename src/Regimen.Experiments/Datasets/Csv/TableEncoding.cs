using System.Text.Json.Nodes;

namespace Regimen.Datasets;

/// <summary>How the rows of a table become samples: what was taken from its training rows, and is done to every other row. A model's
/// metadata holds it, so that the model's file alone is enough to predict.</summary>
public sealed class TableEncoding
{
    private const int RowsAtOnce = 512;
    private const int BytesPerCollection = 16 << 20;

    private readonly IReadOnlyList<TableFeature> _features;
    private readonly IReadOnlyList<string> _missingValues;
    private readonly NumberFormat _numbers;
    private readonly char _separator;
    private readonly bool _ignoreUnknown;

    internal TableEncoding(IReadOnlyList<TableFeature> features, IReadOnlyList<string> missingValues, NumberFormat numbers, char separator, bool ignoreUnknown)
    {
        _features = features;
        _missingValues = missingValues;
        _numbers = numbers;
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
                    new NumberFormat(encoding["decimal"]?.GetValue<string>()[0] ?? '.', encoding["thousands"]?.GetValue<string>()[0]),
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
    public JsonObject Describe()
    {
        var encoding = new JsonObject
        {
            ["name"] = "table",
            ["separator"] = _separator.ToString(),
            ["missing_values"] = new JsonArray([.. _missingValues.Select(v => JsonValue.Create(v))]),
            ["ignore_unknown"] = _ignoreUnknown,
            ["features"] = new JsonArray([.. _features.Select(f => f.Describe())]),
        };
        if (_numbers != NumberFormat.Plain)
        {
            encoding["decimal"] = _numbers.Decimal.ToString();
            encoding["thousands"] = _numbers.Thousands?.ToString();
        }

        return encoding;
    }

    /// <summary>Reads a table's rows as samples; columns that are not needed, the target among them, may be there or not.</summary>
    /// <param name="path">A file of the same columns, in any order.</param>
    /// <returns><c>[rows, <see cref="Width"/>]</c>, in the file's order.</returns>
    /// <exception cref="RequestException">The file can't be read, or a value is wrong, missing or unknown; the place is told.</exception>
    public float[,] Read(string path)
    {
        Dictionary<string, TableColumnKind> kinds = _features.ToDictionary(f => f.Name, f => f.Kind);
        Table table = Table.Read(path, _separator, new(new MissingValueWords(_missingValues), _numbers), Columns.Select(c => (c, path)), (name, _) => kinds.ContainsKey(name), name => kinds[name]);
        var samples = new float[table.Rows, Width];
        float[] rows = Encode(table, [[.. Enumerable.Range(0, table.Rows)]])[0];
        Buffer.BlockCopy(rows, 0, samples, 0, rows.Length * sizeof(float));
        return samples;
    }

    /// <summary>Some rows of a table as samples, one after the other, for each part of the table. The columns that are encoded are
    /// released as it goes on: the table and its samples are never in memory together as a whole.</summary>
    /// <param name="table">Where the rows stand.</param>
    /// <param name="parts">The rows of each part, in ascending order.</param>
    internal float[][] Encode(Table table, IReadOnlyList<int[]> parts)
    {
        float[][] samples = [.. parts.Select(rows => new float[checked(rows.Length * Width)])];
        TableColumn[] columns = [.. Columns.Select(name => table[name])];
        var done = new int[parts.Count];
        for (int from = 0, released = 0; from < table.Rows; from += TableColumn.BlockRows)
        {
            int to = Math.Min(table.Rows, from + TableColumn.BlockRows);
            for (int part = 0; part < done.Length; part++)
            {
                int end = done[part];
                while (end < parts[part].Length && parts[part][end] < to)
                {
                    end++;
                }

                Encode(table, parts[part].AsMemory(done[part]..end), samples[part].AsMemory(done[part] * Width));
                done[part] = end;
            }

            foreach (TableColumn column in columns)
            {
                released += column.Release(to);
            }

            if (released > BytesPerCollection)
            {
                // Nothing else is allocated here, so that the collector would not run by itself before all is encoded.
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                released = 0;
            }
        }

        return samples;
    }

    private void Encode(Table table, ReadOnlyMemory<int> rows, Memory<float> samples)
    {
        // Some rows at a time, so that what is written column by column stays in the processor's cache.
        int pieces = (rows.Length + RowsAtOnce - 1) / RowsAtOnce;
        var refused = new RequestException?[pieces];
        Parallel.For(0, pieces, piece =>
        {
            int from = piece * RowsAtOnce;
            ReadOnlySpan<int> some = rows.Span[from..Math.Min(rows.Length, from + RowsAtOnce)];
            int at = from * Width;
            try
            {
                foreach (TableFeature feature in _features)
                {
                    feature.Encode(table, some, samples.Span[at..], Width, _ignoreUnknown);
                    at += feature.Width;
                }
            }
            catch (RequestException exception)
            {
                refused[piece] = exception;
            }
        });
        if (refused.FirstOrDefault(r => r is not null) is { } first)
        {
            throw first;
        }
    }
}
