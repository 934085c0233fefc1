using System.Data.Common;
using System.Net.Sockets;
using Npgsql;

namespace Regimen.Datasets;

/// <summary>A PostgreSQL server, read in one read-only transaction, so that all queries see the same data.</summary>
internal sealed class PostgresDatabase : IDatabase
{
    private const int ConnectSeconds = 15;
    private readonly NpgsqlConnection _connection;
    private readonly ConnectionText _text;

    private PostgresDatabase(NpgsqlConnection connection, ConnectionText text) => (_connection, _text) = (connection, text);

    /// <inheritdoc/>
    public string Name => _text.Shown;

    /// <summary>Connects to a server.</summary>
    /// <exception cref="RequestException">The server can't be reached, or refuses the user.</exception>
    public static PostgresDatabase Open(ConnectionText text, TimeSpan timeout)
    {
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = text.Host,
            Port = text.Port,
            Username = text.User,
            Password = text.Password,
            Database = text.Database,
            Pooling = false,
            PersistSecurityInfo = false,
            IncludeErrorDetail = false,
            ApplicationName = "regimen",
            Timeout = Math.Min(ConnectSeconds, (int)timeout.TotalSeconds),
            CommandTimeout = (int)timeout.TotalSeconds,
        };
        if (text.SslMode is { } mode)
        {
            settings.SslMode = Enum.Parse<SslMode>(mode.Replace("-", string.Empty, StringComparison.Ordinal), ignoreCase: true);
        }

        var connection = new NpgsqlConnection(settings.ConnectionString);
        var database = new PostgresDatabase(connection, text);
        try
        {
            connection.Open();
            using DbCommand begin = database.Command(
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL extra_float_digits = 1");
            begin.ExecuteNonQuery();
            return database;
        }
        catch (Exception exception) when (database.IsFault(exception))
        {
            connection.Dispose();
            throw new RequestException(
                new Problem($"Unable to connect to the database: {text.Redact(exception.Message)}")
                {
                    Where = "data.connection",
                    Received = text.Shown,
                    Hint = text.Password is null ? "A password comes from ${env:NAME} in data.connection, or from the environment variable PGPASSWORD." : null,
                });
        }
    }

    /// <inheritdoc/>
    public DbCommand Command(string sql)
    {
        NpgsqlCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }

    /// <inheritdoc/>
    public IReadOnlyList<DatabaseColumn> Describe(string query)
    {
        using DbCommand command = Command($"SELECT * FROM ({query}\n) AS q LIMIT 0");
        using DbDataReader reader = command.ExecuteReader();
        return [.. Enumerable.Range(0, reader.FieldCount).Select(i => new DatabaseColumn(reader.GetName(i), DatabaseColumn.KindOf(reader.GetDataTypeName(i)), reader.GetDataTypeName(i)))];
    }

    /// <inheritdoc/>
    public string Cast(DatabaseColumn column, bool asNumber)
        => $"{SqlText.Name(column.Name)}{(column.Kind == DatabaseKind.Boolean && asNumber ? "::int" : string.Empty)}::{(asNumber ? "double precision" : "text")}";

    /// <inheritdoc/>
    /// <remarks>The server's own order of texts depends on its locale, and changes with the system's.</remarks>
    public string SortBy(DatabaseColumn column)
        => $"{SqlText.Name(column.Name)}{(column.Kind == DatabaseKind.Text && column.TypeName != "uuid" ? "::text COLLATE \"C\"" : string.Empty)} ASC NULLS LAST";

    /// <inheritdoc/>
    public bool IsFault(Exception exception) => exception is NpgsqlException or SocketException or TimeoutException or IOException;

    /// <inheritdoc/>
    public Problem Explain(Exception exception, string key) => exception is PostgresException { SqlState: not "57P01" and not "57P02" and not "57P03" } refused
        ? new Problem($"Unable to run the query: {_text.Redact(refused.MessageText)}") { Where = key, Hint = refused.Hint is { } hint ? _text.Redact(hint) : null }
        : new Problem($"The connection to the database was lost: {_text.Redact(exception.Message)}") { Where = Name, Hint = "Nothing of the run has begun. Start it again when the server is available." };

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();
}
