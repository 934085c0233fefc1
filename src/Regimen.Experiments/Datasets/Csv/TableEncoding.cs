using System.Text.Json.Nodes;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>The encoding of table rows as samples, fitted to the training rows. It is stored in a model's metadata, so that the model file is
/// sufficient for inference.</summary>
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

    /// <summary>The required columns.</summary>
    public IReadOnlyList<string> Columns => [.. _features.Select(f => f.Name)];

    /// <summary>The number of values per sample.</summary>
    public int Width { get; }

    /// <summary>Reads an encoding written by <see cref="Describe"/>.</summary>
    /// <exception cref="RequestException">The JSON is not a table encoding.</exception>
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
                : throw new FormatException("Expected the name 'table'.");
        }
        catch (Exception exception) when (exception is NullReferenceException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            throw new RequestException(new Problem("Invalid table encoding") { Received = encoding.ToJsonString() }, exception);
        }
    }

    /// <summary>Writes the encoding as JSON, for a model's metadata. Read it with <see cref="Parse"/>.</summary>
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

    /// <summary>Reads the rows of a table as samples. Other columns, such as the target, are optional and ignored.</summary>
    /// <param name="path">The path of a file with the required columns, in any order.</param>
    /// <returns><c>[rows, <see cref="Width"/>]</c>, in the order of the file.</returns>
    /// <exception cref="RequestException">The file can't be read, or a value is invalid, missing or unknown; the message names the
    /// location.</exception>
    public float[,] Read(string path)
    {
        Dictionary<string, TableColumnKind> kinds = _features.ToDictionary(f => f.Name, f => f.Kind);
        Table table = Table.Read(path, _separator, new(new MissingValueWords(_missingValues), _numbers), Columns.Select(c => (c, path)), (name, _) => kinds.ContainsKey(name), name => kinds[name]);
        var samples = new float[table.Rows, Width];
        float[] rows = Encode(table, [[.. Enumerable.Range(0, table.Rows)]])[0];
        Buffer.BlockCopy(rows, 0, samples, 0, rows.Length * sizeof(float));
        return samples;
    }

    /// <summary>The field separator of the training table.</summary>
    internal char Separator => _separator;

    /// <summary>The text of a missing value.</summary>
    internal string MissingText => _missingValues.FirstOrDefault(string.Empty);

    /// <summary>Whether a column has numbers.</summary>
    internal bool IsNumeric(string column) => _features.Any(f => f.Name == column && f.Kind == TableColumnKind.Numeric);

    /// <summary>Returns a number with a decimal point in the format of the training table.</summary>
    internal string Format(string number) => number.Replace('.', _numbers.Decimal);

    /// <summary>Creates empty columns to collect rows in.</summary>
    internal IEnumerable<TableColumn> NewColumns()
    {
        CellFormat format = new(new MissingValueWords(_missingValues), _numbers);
        return _features.Select(f => new TableColumn(f.Name, f.Kind, format));
    }

    /// <summary>Encodes rows of a table as samples without targets.</summary>
    internal IDataset Samples(Table table, int[] rows) => InputSamples.Of(Encode(table, [rows])[0], new SampleShape(Width));

    /// <summary>Encodes rows of a table as samples, for each split. Rows are released as they are encoded, so the whole table and all samples
    /// are never in memory at the same time.</summary>
    /// <param name="table">The table.</param>
    /// <param name="parts">The rows of each split, in ascending order.</param>
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
                // Little is allocated here, so the garbage collector would not run before all rows are encoded.
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                released = 0;
            }
        }

        return samples;
    }

    private void Encode(Table table, ReadOnlyMemory<int> rows, Memory<float> samples)
    {
        // Encode blocks of rows, so that the output of all columns stays in the CPU cache.
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
