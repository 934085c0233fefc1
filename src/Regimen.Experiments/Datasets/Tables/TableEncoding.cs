using System.Text.Json.Nodes;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>The encoding of table rows as samples, fitted to the training rows. It is stored in a model's metadata, so that the model file is
/// sufficient for inference.</summary>
public sealed class TableEncoding
{
    private const int RowsAtOnce = 512;
    private const int BytesPerCollection = 16 << 20;

    private readonly TableRowEncoder _rows;

    internal TableEncoding(TableRowEncoder rows) => _rows = rows;

    /// <summary>The required columns.</summary>
    public IReadOnlyList<string> Columns => [.. _rows.Features.Select(f => f.Name)];

    /// <summary>The number of float values per sample.</summary>
    public int Width => _rows.InputWidth;

    /// <summary>The encoding of single rows.</summary>
    internal TableRowEncoder Rows => _rows;

    /// <summary>Reads an encoding written by <see cref="Describe"/>.</summary>
    /// <exception cref="RequestException">The JSON is not a table encoding.</exception>
    public static TableEncoding Parse(JsonObject encoding) => new(TableRowEncoder.FromJson(encoding));

    /// <summary>Writes the encoding as JSON, for a model's metadata. Read it with <see cref="Parse"/>.</summary>
    public JsonObject Describe() => _rows.ToJson();

    /// <summary>Reads the float values of a table's rows. Other columns, such as the target, are optional and ignored.</summary>
    /// <param name="path">The path of a file with the required columns, in any order.</param>
    /// <returns><c>[rows, <see cref="Width"/>]</c>, in the order of the file.</returns>
    /// <exception cref="RequestException">The file can't be read, or a value is invalid, missing or unknown; the message names the
    /// location.</exception>
    public float[,] Read(string path)
    {
        Table table = ReadTable(path);
        var samples = new float[table.Rows, Width];
        float[] rows = EncodeAll(table).Inputs;
        Buffer.BlockCopy(rows, 0, samples, 0, rows.Length * sizeof(float));
        return samples;
    }

    /// <summary>Reads the codes of a table's rows, for an encoding with <c>data.categories=codes</c>.</summary>
    /// <param name="path">The path of a file with the required columns, in any order.</param>
    /// <returns><c>[rows, columns of codes]</c>, in the order of the file.</returns>
    /// <exception cref="RequestException">The file can't be read, or a value is invalid, missing or unknown; the message names the
    /// location.</exception>
    public int[,] ReadCodes(string path)
    {
        Table table = ReadTable(path);
        var codes = new int[table.Rows, _rows.CodeCount];
        int[] rows = EncodeAll(table).Codes;
        Buffer.BlockCopy(rows, 0, codes, 0, rows.Length * sizeof(int));
        return codes;
    }

    /// <summary>Encodes rows of a table as samples, for each split. Rows are released as they are encoded, so the whole table and all samples
    /// are never in memory at the same time.</summary>
    /// <param name="table">The table.</param>
    /// <param name="parts">The rows of each split, in ascending order.</param>
    /// <param name="kept">The columns whose rows are not released, because they are read again; null for none.</param>
    internal TableSamples[] Encode(Table table, IReadOnlyList<int[]> parts, IReadOnlyCollection<string>? kept = null)
    {
        TableSamples[] samples = [.. parts.Select(rows => new TableSamples(new float[checked(rows.Length * Width)], new int[checked(rows.Length * _rows.CodeCount)]))];
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

                Encode(table, parts[part].AsMemory(done[part]..end), samples[part], done[part]);
                done[part] = end;
            }

            foreach (TableColumn column in columns.Where(c => kept is null || !kept.Contains(c.Name)))
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

    /// <summary>Encodes rows of a table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="samples">The output of a split.</param>
    /// <param name="first">The index of the first of the rows in the split.</param>
    private void Encode(Table table, ReadOnlyMemory<int> rows, TableSamples samples, int first)
    {
        // Encode blocks of rows, so that the output of all columns stays in the CPU cache.
        int pieces = (rows.Length + RowsAtOnce - 1) / RowsAtOnce;
        int codeCount = _rows.CodeCount;
        var refused = new RequestException?[pieces];
        Parallel.For(0, pieces, piece =>
        {
            int from = piece * RowsAtOnce;
            ReadOnlySpan<int> some = rows.Span[from..Math.Min(rows.Length, from + RowsAtOnce)];
            int at = (first + from) * Width;
            int codeAt = (first + from) * codeCount;
            try
            {
                foreach (TableFeature feature in _rows.Features)
                {
                    if (feature.CodeField is null)
                    {
                        TableFeatureColumn.Encode(feature, table, some, samples.Inputs.AsSpan(at), Width, _rows.IgnoresUnknown);
                        at += feature.Width;
                    }
                    else
                    {
                        TableFeatureColumn.MarkMissing(feature, table[feature.Name], some, samples.Inputs.AsSpan(at), Width);
                        at += feature.Width;
                        TableFeatureColumn.EncodeCodes(feature, table, some, samples.Codes.AsSpan(codeAt++), codeCount, _rows.IgnoresUnknown);
                    }
                }
            }
            catch (RequestException exception)
            {
                refused[piece] = exception;
            }
        });
        if (refused.FirstOrDefault(r => r is not null) is { } earliest)
        {
            throw earliest;
        }
    }

    private Table ReadTable(string path)
    {
        Dictionary<string, TableColumnKind> kinds = _rows.Features.ToDictionary(f => f.Name, f => f.Kind);
        return Table.Read(path, _rows.Separator, _rows.FormatOf, Columns.Select(c => (c, path)), (name, _) => kinds.ContainsKey(name), name => kinds[name]);
    }

    private TableSamples EncodeAll(Table table) => Encode(table, [[.. Enumerable.Range(0, table.Rows)]])[0];
}

/// <summary>The encoded rows of a split, row-major.</summary>
/// <param name="Inputs">The float inputs.</param>
/// <param name="Codes">The codes.</param>
internal readonly record struct TableSamples(float[] Inputs, int[] Codes);
