using System.ComponentModel.DataAnnotations;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>The rows of a query: of a PostgreSQL server, of a DuckDB database, or of csv, json and parquet files.</summary>
public static class Sql
{
    /// <summary>The options of a query's rows.</summary>
    public sealed record Options : TableOptions
    {
        /// <summary>The database: duckdb: for files that the query names (csv, json, parquet), duckdb:FILE for a DuckDB database, or
        /// postgresql://USER:${env:PASSWORD}@HOST:PORT/DATABASE. A password comes from the environment and is never recorded.</summary>
        [MinLength(1)]
        [WrittenConnection]
        public required string Connection { get; init; }

        /// <summary>The query: one SELECT, such as select * from 'sales/*.parquet'.</summary>
        [MinLength(1)]
        public required string Query { get; init; }

        /// <summary>The query for the test rows; null to hold out a fraction of the rows.</summary>
        [MinLength(1)]
        public string? TestQuery { get; init; }

        /// <summary>The columns that the rows are sorted by. Together they must differ from row to row: a database returns rows in any order, and a run
        /// depends on it.</summary>
        [MinLength(1)]
        [AcceptsSingle]
        public required IReadOnlyList<string> Order { get; init; }

        /// <summary>The folder that relative paths in the query and in duckdb:FILE start from.</summary>
        [MinLength(1)]
        public string Folder { get; init; } = ".";

        /// <summary>The longest time that the database may take for all rows of a query, in seconds.</summary>
        [Range(1, 86_400)]
        public int Timeout { get; init; } = 600;
    }

    /// <summary>The rows of a query. Numeric and categorical columns predict a class, numbers or labels.</summary>
    /// <exception cref="RequestException">The database, the query, a column or a value is invalid; the message names the location.</exception>
    [Dataset("sql")]
    public static DataSplits Load(Options options, DatasetContext context)
    {
        OptionsCheck.ThrowUnlessValid(options);
        var connection = ConnectionText.Parse(options.Connection);
        return new TableSplits(options, context, Source("data.query", options.Query), options.TestQuery is { } test ? Source("data.test_query", test) : null).Load();

        QuerySource Source(string key, string query)
        {
            SqlText.RequireOneQuery(key, query);
            TimeSpan timeout = TimeSpan.FromSeconds(options.Timeout);
            Func<IDatabase> open = connection is { IsPostgres: true }
                ? () => PostgresDatabase.Open(connection, timeout)
                : () => DuckDatabase.Open(connection.File is null ? null : Path.GetFullPath(connection.File, Path.GetFullPath(options.Folder)), options.Folder);
            return new QuerySource(key, open, query, options.Order, timeout);
        }
    }
}
