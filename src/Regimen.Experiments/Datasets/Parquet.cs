using System.ComponentModel.DataAnnotations;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>Tables in Parquet and Arrow files.</summary>
public static class Parquet
{
    /// <summary>The options of a table in Parquet or Arrow files.</summary>
    public sealed record Options : TableOptions
    {
        /// <summary>The file with the training rows, or a pattern of files, such as sales/*.parquet, read in the order of their names. Parquet files, or
        /// Arrow's (.arrow, .feather).</summary>
        [MinLength(1)]
        public required string Path { get; init; }

        /// <summary>The file or files with the test rows; null to hold out a fraction of the rows.</summary>
        [MinLength(1)]
        public string? TestPath { get; init; }

        /// <summary>A folder for the encoded rows of tables that are larger than memory: they are written there once, and read row by row in training.
        /// Null keeps them in memory. The folder may be deleted at any time between runs.</summary>
        [MinLength(1)]
        public string? CacheFolder { get; init; }
    }

    /// <summary>A table in Parquet or Arrow files. Numeric and categorical columns predict a class, numbers or labels.</summary>
    /// <exception cref="RequestException">A file, a column or a value is invalid; the message names the location.</exception>
    [Dataset("parquet")]
    public static DataSplits Load(Options options, DatasetContext context)
    {
        OptionsCheck.ThrowUnlessValid(options);
        IReadOnlyList<string> files = TableFiles.Find("data.path", options.Path);
        IReadOnlyList<string>? test = options.TestPath is { } path ? TableFiles.Find("data.test_path", path) : null;
        return options.CacheFolder is not null
            ? new CachedSplits(options, files, context).Load()
            : new TableSplits(options, context, TableFiles.Source(options.Path, files), test is null ? null : TableFiles.Source(options.TestPath!, test)).Load();
    }
}
