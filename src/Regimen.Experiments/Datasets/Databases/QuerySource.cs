using System.Data.Common;
using System.Globalization;
using System.Text;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>The rows of a query, sorted by columns that differ from row to row.</summary>
/// <param name="key">The key of the query.</param>
/// <param name="open">Opens the database.</param>
/// <param name="query">The query.</param>
/// <param name="order">The columns that the rows are sorted by; none if the query's own order is always the same.</param>
/// <param name="timeout">The longest time for all rows.</param>
internal sealed class QuerySource(string key, Func<IDatabase> open, string query, IReadOnlyList<string> order, TimeSpan timeout) : ITableSource
{
    private readonly string _query = SqlText.Statement(query);

    /// <inheritdoc/>
    public Table Read(TableRequest request, CancellationToken cancellationToken)
    {
        using IDatabase database = open();
        using var timer = new CancellationTokenSource(timeout, TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        int rows = 0;
        try
        {
            return Read(database, request, stop.Token, ref rows);
        }
        catch (Exception exception) when (stop.IsCancellationRequested && (exception is OperationCanceledException || database.IsFault(exception)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new RequestException(new Problem("The query took too long")
            {
                Where = key,
                Expected = string.Create(CultureInfo.InvariantCulture, $"all rows within {timeout.TotalSeconds} s (data.timeout)"),
                Received = string.Create(CultureInfo.InvariantCulture, $"{rows} rows"),
            });
        }
        catch (Exception exception) when (database.IsFault(exception))
        {
            Problem problem = database.Explain(exception, key);
            throw new RequestException(rows > 0 ? problem with { Received = string.Create(CultureInfo.InvariantCulture, $"{rows} rows before that") } : problem);
        }
    }

    private Table Read(IDatabase database, TableRequest request, CancellationToken stop, ref int rows)
    {
        QueryColumns columns = QueryColumns.Choose(database, _query, key, order, request);
        using DbCommand command = database.Command(columns.Sql(database, _query));
        using var stopping = new CommandStop(command, stop);
        using DbDataReader reader = command.ExecuteReader();
        var sorted = new string?[columns.Order.Count];
        byte[] utf8 = new byte[256];
        while (reader.Read())
        {
            if ((rows & 0xFFF) == 0)
            {
                stop.ThrowIfCancellationRequested();
            }

            for (int i = 0; i < columns.Used.Count; i++)
            {
                TableColumn column = columns.Used[i].Column;
                Problem? problem = null;
                if (reader.IsDBNull(i))
                {
                    column.AddMissing();
                }
                else if (columns.Used[i].AsNumber)
                {
                    problem = column.Add(reader.GetDouble(i));
                }
                else
                {
                    string text = reader.GetString(i);
                    int most = Encoding.UTF8.GetMaxByteCount(text.Length);
                    utf8 = most > utf8.Length ? new byte[most] : utf8;
                    problem = column.Add(CsvField.Trim(utf8.AsSpan(0, Encoding.UTF8.GetBytes(text, utf8))));
                }

                if (problem is not null)
                {
                    throw new RequestException(problem with { Where = string.Create(CultureInfo.InvariantCulture, $"{key}, row {rows + 1}, column {column.Name}") });
                }
            }

            RequireOther(reader, columns, sorted, rows);
            rows = checked(rows + 1);
        }

        return rows > 0 ? new Table(key, [.. columns.Used.Select(u => u.Column)], rows)
            : throw new RequestException(new Problem("The query has no rows") { Where = key, Expected = "at least one row" });
    }

    /// <summary>Requires that a row differs from the one before it in the columns that the rows are sorted by.</summary>
    private void RequireOther(DbDataReader reader, QueryColumns columns, string?[] sorted, int row)
    {
        bool isSame = row > 0 && sorted.Length > 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            int at = columns.Used.Count + i;
            string? value = reader.IsDBNull(at) ? null : reader.GetString(at);
            isSame &= value == sorted[i];
            sorted[i] = value;
        }

        if (isSame)
        {
            throw new RequestException(new Problem("The order of the rows is not determined: two rows have the same values in data.order")
            {
                Where = string.Create(CultureInfo.InvariantCulture, $"{key}, rows {row} and {row + 1}"),
                Expected = "columns in data.order that together differ from row to row, such as a key",
                Received = string.Join(", ", columns.Order.Zip(sorted, (c, v) => $"{c.Name}={(v is null ? "null" : CsvField.Short(v))}")),
                Hint = "Add a column to data.order. A column that is only there for the order can be left out of the inputs with data.drop.",
            });
        }
    }
}
