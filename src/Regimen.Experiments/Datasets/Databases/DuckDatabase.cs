using System.Data.Common;
using DuckDB.NET.Data;

namespace Regimen.Datasets;

/// <summary>DuckDB in this process. It reads local files only: no extension is installed or loaded, and a database file is opened for reading.</summary>
internal sealed class DuckDatabase : IDatabase
{
    private readonly DuckDBConnection _connection;

    private DuckDatabase(DuckDBConnection connection, string name) => (_connection, Name) = (connection, name);

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Opens a database.</summary>
    /// <param name="file">The database file; null for none.</param>
    /// <param name="folder">The folder that relative paths in a query start from.</param>
    /// <param name="memoryLimit">The memory that DuckDB may use, such as 256MB; null for its default, most of the machine's.</param>
    /// <exception cref="RequestException">It can't be opened.</exception>
    public static DuckDatabase Open(string? file, string folder, string? memoryLimit = null)
    {
        if (file is not null && !File.Exists(file))
        {
            throw new RequestException(new Problem("There is no such database") { Where = "data.connection", Expected = $"a DuckDB file at {file}" });
        }

        var settings = new DuckDBConnectionStringBuilder { DataSource = file ?? ":memory:" };
        if (file is not null)
        {
            settings["ACCESS_MODE"] = "READ_ONLY";
        }

        DuckDBConnection? connection = null;
        try
        {
            connection = new DuckDBConnection(settings.ConnectionString);
            connection.Open();
            var database = new DuckDatabase(connection, file ?? "DuckDB");
            foreach (string setting in Settings(folder, memoryLimit))
            {
                using DbCommand command = database.Command($"SET {setting}");
                command.ExecuteNonQuery();
            }

            return database;
        }
        catch (DuckDBException exception)
        {
            connection?.Dispose();
            throw new RequestException(new Problem($"Unable to open the database: {FirstLine(exception)}") { Where = file ?? "DuckDB" }, exception);
        }
        catch (Exception exception) when (exception is DllNotFoundException || exception.InnerException is DllNotFoundException)
        {
            throw new RequestException(
                new Problem("DuckDB's native library is missing") { Where = "data", Expected = "the package DuckDB.NET.Bindings.Full in the program", Hint = "Regimen.App brings it." }, exception);
        }
    }

    /// <inheritdoc/>
    public DbCommand Command(string sql)
    {
        DuckDBCommand command = _connection.CreateCommand();
        command.CommandText = sql;

        // Without it, the whole result is materialised first.
        command.UseStreamingMode = true;
        return command;
    }

    /// <inheritdoc/>
    public IReadOnlyList<DatabaseColumn> Describe(string query)
    {
        using DbCommand command = Command($"DESCRIBE SELECT * FROM ({query}\n) AS q");
        using DbDataReader reader = command.ExecuteReader();
        List<DatabaseColumn> columns = [];
        while (reader.Read())
        {
            string type = reader.GetString(1);
            columns.Add(new DatabaseColumn(reader.GetString(0), DatabaseColumn.KindOf(type), type));
        }

        return columns;
    }

    /// <inheritdoc/>
    public string Cast(DatabaseColumn column, bool asNumber) => $"CAST({SqlText.Name(column.Name)} AS {(asNumber ? "DOUBLE" : "VARCHAR")})";

    /// <inheritdoc/>
    public string SortBy(DatabaseColumn column) => $"{SqlText.Name(column.Name)} ASC NULLS LAST";

    /// <inheritdoc/>
    public bool IsFault(Exception exception) => exception is DuckDBException;

    /// <inheritdoc/>
    public Problem Explain(Exception exception, string key)
    {
        bool isRemote = exception.Message.Contains("Missing Extension", StringComparison.Ordinal) || exception.Message.Contains("requires the extension", StringComparison.Ordinal);
        return new Problem($"Unable to {(QueryColumns.NamesQuery(key) ? "run the query" : "read the files")}: {FirstLine(exception)}")
        {
            Where = key,
            Hint = isRemote ? "Regimen's DuckDB reads local files alone, and loads no extension. Download the file first." : null,
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private static IEnumerable<string> Settings(string folder, string? memoryLimit) =>
    [
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "allow_community_extensions = false",

        // Extensions that another program installed are not found either.
        $"extension_directory = {SqlText.Text(Path.Combine(Path.GetTempPath(), "regimen-without-extensions"))}",
        $"temp_directory = {SqlText.Text(Path.Combine(Path.GetTempPath(), $"regimen-duckdb-{Environment.ProcessId}"))}",
        $"file_search_path = {SqlText.Text(Path.GetFullPath(folder))}",
        "TimeZone = 'UTC'",
        "preserve_insertion_order = true",
        .. memoryLimit is null ? Array.Empty<string>() : [$"memory_limit = {SqlText.Text(memoryLimit)}"],
        "lock_configuration = true",
    ];

    private static string FirstLine(Exception exception) => exception.Message.Split('\n')[0].Trim();
}
