using Microsoft.Data.Sqlite;

namespace Regimen.Listing;

/// <summary>A cache of rows in <c>.index.sqlite</c> in the folder of all runs. The folders stay the truth: an entry counts only while the files
/// of its run have the times and sizes that it was made from. A file that is missing, damaged, locked, of another version or in a folder without
/// write permission costs time and nothing else.</summary>
internal sealed class RunIndex : IDisposable
{
    /// <summary>The name of the file in the folder of all runs.</summary>
    public const string FileName = ".index.sqlite";

    /// <summary>Marks the file as one of Regimen's ("RgIx"); another program's database of this name is left alone.</summary>
    private const int ApplicationId = 0x52674978;

    /// <summary>The version of the tables and of what is in a row. Another version is discarded.</summary>
    public const int Version = 3;

    private const int SqlError = 1;
    private const int Corrupt = 11;
    private const int NotADatabase = 26;

    private const string Tables = """
        CREATE TABLE shapes (id INTEGER PRIMARY KEY, keys TEXT NOT NULL UNIQUE);
        CREATE TABLE runs (path TEXT PRIMARY KEY, stamp BLOB NOT NULL, row BLOB NOT NULL, shape INTEGER NOT NULL, config TEXT NOT NULL) WITHOUT ROWID;
        """;

    private readonly SqliteConnection _connection;

    private RunIndex(SqliteConnection connection) => _connection = connection;

    /// <summary>Opens the index of a folder; null if it can't be used.</summary>
    public static RunIndex? TryOpen(string root)
    {
        string path = Path.Combine(root, FileName);
        try
        {
            // A link could lead the index to any file of the user's.
            if (new FileInfo(path).LinkTarget is not null)
            {
                return null;
            }

            return Open(path) ?? (Discard(path) ? Open(path) : null);
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException or InvalidOperationException or TypeInitializationException or DllNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The entries by their paths below the root.</summary>
    public Dictionary<string, IndexEntry> Entries { get; } = [];

    /// <summary>Stores entries and removes those of runs that are gone. If another process is writing, nothing is stored.</summary>
    public void Write(IReadOnlyCollection<(string Path, IndexEntry Entry)> changed, IReadOnlyCollection<string> gone)
    {
        try
        {
            using SqliteTransaction transaction = _connection.BeginTransaction();
            Dictionary<string, long> shapes = [];
            using SqliteCommand put = Command("INSERT OR REPLACE INTO runs VALUES ($path, $stamp, $row, $shape, $config)", "$path", "$stamp", "$row", "$shape", "$config");
            foreach ((string path, IndexEntry entry) in changed)
            {
                string keys = string.Join('\n', entry.Config.Shape.Keys);
                long shape = shapes.TryGetValue(keys, out long known) ? known : shapes[keys] = ShapeId(keys);
                (put.Parameters[0].Value, put.Parameters[1].Value, put.Parameters[2].Value, put.Parameters[3].Value, put.Parameters[4].Value) = (path, entry.Stamp, entry.Row, shape, entry.Config.Text);
                put.ExecuteNonQuery();
            }

            using SqliteCommand delete = Command("DELETE FROM runs WHERE path = $path", "$path");
            foreach (string path in gone)
            {
                delete.Parameters[0].Value = path;
                delete.ExecuteNonQuery();
            }

            transaction.Commit();
        }
        catch (SqliteException)
        {
            // Locked by another process, a full disk, or no permission to write: the next list reads these folders again.
        }
    }

    public void Dispose() => _connection.Dispose();

    private static RunIndex? Open(string path)
    {
        bool exists = File.Exists(path);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = exists && IsReadOnly(path) ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
            DefaultTimeout = 1,
        }.ToString());
        var index = new RunIndex(connection);
        try
        {
            connection.Open();
            (long application, long version) = (index.Scalar("PRAGMA application_id"), index.Scalar("PRAGMA user_version"));
            if (application == 0 && version == 0 && index.Scalar("SELECT count(*) FROM sqlite_master") == 0)
            {
                index.Execute($"PRAGMA journal_mode = DELETE; BEGIN IMMEDIATE; PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version}; {Tables} COMMIT;");
                (application, version) = (ApplicationId, Version);
            }

            if (application == ApplicationId && version == Version)
            {
                index.ReadAll();
                return index;
            }

            connection.Dispose();
            return application == ApplicationId ? null : throw new InvalidOperationException("a database of another program");
        }
        catch (Exception exception) when (exception is InvalidCastException or SqliteException { SqliteErrorCode: SqlError or Corrupt or NotADatabase })
        {
            // Damaged, or without its tables.
            connection.Dispose();
            return null;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Deletes an index that can't be read.</summary>
    private static bool Discard(string path)
    {
        File.Delete(path + "-journal");
        File.Delete(path);
        return true;
    }

    private static bool IsReadOnly(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return false;
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            return true;
        }
    }

    private long ShapeId(string keys)
    {
        using SqliteCommand add = Command("INSERT OR IGNORE INTO shapes (keys) VALUES ($keys)", "$keys");
        add.Parameters[0].Value = keys;
        add.ExecuteNonQuery();
        using SqliteCommand find = Command("SELECT id FROM shapes WHERE keys = $keys", "$keys");
        find.Parameters[0].Value = keys;
        return (long)find.ExecuteScalar()!;
    }

    private void ReadAll()
    {
        var shapes = new Dictionary<long, ConfigShape>();
        Query("SELECT id, keys FROM shapes", r => shapes[r.GetInt64(0)] = new ConfigShape(r.GetString(1).Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        Query("SELECT path, stamp, row, shape, config FROM runs", r =>
        {
            if (shapes.TryGetValue(r.GetInt64(3), out ConfigShape? shape))
            {
                Entries[r.GetString(0)] = new IndexEntry(r.GetFieldValue<byte[]>(1), r.GetFieldValue<byte[]>(2), new ConfigKeys(shape, r.GetString(4)));
            }
        });
    }

    private void Query(string text, Action<SqliteDataReader> row)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = text;
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            row(reader);
        }
    }

    private long Scalar(string text)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = text;
        return (long)command.ExecuteScalar()!;
    }

    private void Execute(string text)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string text, params ReadOnlySpan<string> parameters)
    {
        SqliteCommand command = _connection.CreateCommand();
        command.CommandText = text;
        foreach (string parameter in parameters)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = parameter });
        }

        return command;
    }
}

/// <summary>An entry of the index.</summary>
/// <param name="Stamp">The times and sizes of the files that it was made from.</param>
/// <param name="Row">The row, as <see cref="RowBytes"/> writes it.</param>
/// <param name="Config">The keys of the config.</param>
internal sealed record IndexEntry(byte[] Stamp, byte[] Row, ConfigKeys Config);
