using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>Splits a table of Parquet files that is larger than memory. The encoding is fitted column by column, then the encoded rows are
/// written to a file once, from which training reads single rows.</summary>
internal sealed class CachedSplits(Parquet.Options options, IReadOnlyList<string> files, DatasetContext context)
{
    /// <summary>The number of rows that are encoded together.</summary>
    private const int BlockRows = TableColumn.BlockRows;

    /// <summary>What DuckDB may use, so that memory does not grow with the table.</summary>
    private const string DatabaseMemory = "256MB";

    private readonly QuerySource _source = TableFiles.Query(options.Path, files, DatabaseMemory);

    public DataSplits Load()
    {
        RequirePossible();
        string key = CacheKey.Of(options, files, context);
        string path = Path.Combine(options.CacheFolder!, $"{key[..16]}.rows");
        if (!File.Exists(path))
        {
            Write(path, key);
        }

        CachedRows rows = CachedRows.Open(path, key);
        (int[] train, int[] validation, int[] test) = rows.ReadSplits();
        return new DataSplits
        {
            Train = new Subset(rows, train),
            Validation = validation.Length > 0 ? new Subset(rows, validation) : null,
            Test = test.Length > 0 ? new Subset(rows, test) : null,
            Encoding = rows.Encoding,
        };
    }

    private void RequirePossible()
    {
        Problem[] problems =
        [
            .. TableFiles.AreArrow(files) ? [new Problem("Arrow files can't be cached") { Where = "data.cache_folder", Expected = "Parquet files, or data.cache_folder=null" }] : Array.Empty<Problem>(),
            .. options.TestPath is not null ? [new Problem("A file with test rows can't be used with a cache") { Where = "data.test_path", Expected = "null with data.cache_folder", Hint = "Set data.test_fraction." }] : Array.Empty<Problem>(),
            .. options.Missing == MissingPolicy.DropRow || options.Columns.Any(r => r.Missing == MissingPolicy.DropRow) ? [new Problem("Rows with missing values can't be dropped with a cache") { Where = "data.missing", Expected = "error, mean or median with data.cache_folder" }] : Array.Empty<Problem>(),
            .. Unsupported(),
        ];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }
    }

    private IEnumerable<Problem> Unsupported()
        => from key in ((string Name, bool IsSet)[])[("group", options.Group is not null), ("folds", options.Folds is not null), ("window", options.Window is not null)]
           where key.IsSet
           select new Problem($"data.{key.Name} can't be used with a cache") { Where = $"data.{key.Name}", Expected = "null with data.cache_folder" };

    private void Write(string path, string key)
    {
        var table = new TableSplits(options, context, _source, null);
        TableChecks.RequireSoundLists(options);
        TableRequest all = table.Request(isTraining: true);
        IReadOnlyList<string> columns = _source.Columns(all);
        ProblemList.ThrowIfAny([.. ColumnSettings.Check(options, columns)]);
        Table targets = Read(all, name => options.Target.Contains(name));
        (int[] train, int[] validation, int[] test) = table.Split(targets, [.. Enumerable.Range(0, targets.Rows)], options.TestFraction);
        var target = TableTarget.Fit(targets, train, options, context.Target);
        var parts = new byte[targets.Rows];
        Mark(parts, validation, CachedRows.Validation);
        Mark(parts, test, CachedRows.Test);
        TableRowEncoder encoder = table.Encoder(Features(table, all, columns, train));
        Collect();
        CachedRows.Write(path, key, encoder, target, parts, use => _source.ReadBlocks(all, BlockRows, use, context.CancellationToken), [.. options.Target]);
    }

    /// <summary>Fits one column after the other, so that only one is in memory. The problems of all columns are reported together.</summary>
    private List<TableFeature> Features(TableSplits table, TableRequest all, IReadOnlyList<string> columns, int[] train)
    {
        List<TableFeature> features = [];
        List<Problem> problems = [];
        foreach (string column in columns.Where(c => !options.Target.Contains(c)))
        {
            try
            {
                features.AddRange(table.Features(Read(all, name => name == column), train));
            }
            catch (RequestException refused)
            {
                problems.AddRange(refused.Problems);
            }

            Collect();
        }

        return problems.Count == 0 ? features : throw new RequestException(problems);
    }

    private Table Read(TableRequest all, Func<string, bool> choose)
        => _source.Read(all with { Choose = (name, isUnnamed) => choose(name) && all.Choose(name, isUnnamed) }, context.CancellationToken);

    private static void Mark(byte[] parts, int[] rows, byte part)
    {
        foreach (int row in rows)
        {
            parts[row] = part;
        }
    }

    /// <summary>Returns the memory of a column to the system: little is allocated, so the garbage collector would not run in time.</summary>
    private static void Collect() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
}
