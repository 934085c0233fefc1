using System.Globalization;

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
    public string Name => key;

    /// <inheritdoc/>
    public Table Read(TableRequest request, CancellationToken cancellationToken)
    {
        Table? all = null;
        ReadBlocks(request, int.MaxValue, block => all = block, cancellationToken);
        return all!;
    }

    /// <summary>Returns the names of the columns that a request reads.</summary>
    public IReadOnlyList<string> Columns(TableRequest request)
    {
        using IDatabase database = open();
        try
        {
            return [.. QueryColumns.Choose(database, _query, key, order, request).Used.Select(u => u.Source.Name)];
        }
        catch (Exception exception) when (database.IsFault(exception))
        {
            throw new RequestException(database.Explain(exception, key));
        }
    }

    /// <summary>Reads the rows in blocks, each a table of its own.</summary>
    /// <param name="request">What to read.</param>
    /// <param name="blockRows">The number of rows in a block; the last one may have fewer.</param>
    /// <param name="use">Uses a block; it is not read again.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <exception cref="RequestException">There are no rows, or one can't be read.</exception>
    public void ReadBlocks(TableRequest request, int blockRows, Action<Table> use, CancellationToken cancellationToken)
    {
        using IDatabase database = open();
        using var timer = new CancellationTokenSource(timeout, TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        QueryReader? reader = null;
        try
        {
            reader = new QueryReader(database, QueryColumns.Choose(database, _query, key, order, request), _query, key, stop.Token);
            while (reader.Read(blockRows) is { } block)
            {
                use(block);
            }
        }
        catch (Exception exception) when (stop.IsCancellationRequested && (exception is OperationCanceledException || database.IsFault(exception)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new RequestException(new Problem("The query took too long")
            {
                Where = key,
                Expected = string.Create(CultureInfo.InvariantCulture, $"all rows within {timeout.TotalSeconds} s (data.timeout)"),
                Received = string.Create(CultureInfo.InvariantCulture, $"{reader?.Rows ?? 0} rows"),
            });
        }
        catch (Exception exception) when (database.IsFault(exception))
        {
            Problem problem = database.Explain(exception, key);
            throw new RequestException(reader is { Rows: > 0 } begun ? problem with { Received = string.Create(CultureInfo.InvariantCulture, $"{begun.Rows} rows before that") } : problem);
        }
        finally
        {
            reader?.Dispose();
        }

        if (reader.Rows == 0)
        {
            throw new RequestException(new Problem("The table has no rows") { Where = key, Expected = "at least one row" });
        }
    }
}
