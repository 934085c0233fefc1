using System.Data.Common;

namespace Regimen.Datasets;

/// <summary>An open connection to a database, for reading.</summary>
internal interface IDatabase : IDisposable
{
    /// <summary>The name in messages, without secrets.</summary>
    string Name { get; }

    /// <summary>Creates a command.</summary>
    DbCommand Command(string sql);

    /// <summary>Returns the columns of a query's rows.</summary>
    IReadOnlyList<DatabaseColumn> Describe(string query);

    /// <summary>An expression for a column's values as text or as double precision numbers.</summary>
    string Cast(DatabaseColumn column, bool asNumber);

    /// <summary>An expression that sorts by a column in the same order on every machine.</summary>
    string SortBy(DatabaseColumn column);

    /// <summary>Whether an exception is one of the database.</summary>
    bool IsFault(Exception exception);

    /// <summary>Explains an exception.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="key">The key of the query.</param>
    Problem Explain(Exception exception, string key);
}

/// <summary>A column of a query.</summary>
/// <param name="Name">The name.</param>
/// <param name="Kind">The kind of its type.</param>
/// <param name="TypeName">The type, as the database names it.</param>
internal sealed record DatabaseColumn(string Name, DatabaseKind Kind, string TypeName)
{
    /// <summary>Returns the kind of a type by its name in DuckDB or PostgreSQL.</summary>
    public static DatabaseKind KindOf(string type)
    {
        string plain = type.Split('(')[0].Trim().ToUpperInvariant();
        return type.EndsWith(']') ? DatabaseKind.Other : plain switch
        {
            "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "HUGEINT" or "UTINYINT" or "USMALLINT" or "UINTEGER" or "UBIGINT" or "UHUGEINT"
                or "FLOAT" or "DOUBLE" or "DECIMAL" or "REAL" or "DOUBLE PRECISION" or "NUMERIC" or "OID" => DatabaseKind.Number,
            "BOOLEAN" => DatabaseKind.Boolean,
            "VARCHAR" or "ENUM" or "UUID" or "TEXT" or "CHARACTER VARYING" or "CHARACTER" or "CHAR" or "\"CHAR\"" or "NAME" or "CITEXT" => DatabaseKind.Text,
            "DATE" or "TIMESTAMP" or "TIMESTAMP WITH TIME ZONE" or "TIMESTAMP WITHOUT TIME ZONE" or "TIMESTAMP_S" or "TIMESTAMP_MS" or "TIMESTAMP_NS" => DatabaseKind.Date,
            "NULL" or "\"NULL\"" => DatabaseKind.Text,
            _ => DatabaseKind.Other,
        };
    }
}

/// <summary>The kind of a column's type.</summary>
internal enum DatabaseKind
{
    /// <summary>Numbers.</summary>
    Number,

    /// <summary>Texts.</summary>
    Text,

    /// <summary>true and false.</summary>
    Boolean,

    /// <summary>Dates, with or without a time.</summary>
    Date,

    /// <summary>Lists, bytes and other types that a table can't have.</summary>
    Other,
}
