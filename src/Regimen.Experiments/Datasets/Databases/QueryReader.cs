using System.Data.Common;
using System.Globalization;
using System.Text;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>Reads the rows of a query into tables.</summary>
internal sealed class QueryReader : IDisposable
{
    private readonly QueryColumns _columns;
    private readonly string _name;
    private readonly CancellationToken _stop;
    private readonly DbCommand _command;
    private readonly CommandStop _stopping;
    private readonly DbDataReader _reader;
    private readonly string?[] _sorted;
    private byte[] _utf8 = new byte[256];

    /// <summary>Runs a query.</summary>
    /// <param name="database">The database.</param>
    /// <param name="columns">The columns to read.</param>
    /// <param name="query">The query.</param>
    /// <param name="name">The name of the table in messages.</param>
    /// <param name="stop">Ends the query.</param>
    public QueryReader(IDatabase database, QueryColumns columns, string query, string name, CancellationToken stop)
    {
        (_columns, _name, _stop) = (columns, name, stop);
        _sorted = new string?[columns.Order.Count];
        _command = database.Command(columns.Sql(database, query));
        _stopping = new CommandStop(_command, stop);
        try
        {
            _reader = _command.ExecuteReader();
        }
        catch
        {
            _stopping.Dispose();
            _command.Dispose();
            throw;
        }
    }

    /// <summary>The number of rows read so far.</summary>
    public int Rows { get; private set; }

    /// <summary>Reads the next rows.</summary>
    /// <param name="most">The maximum number of rows.</param>
    /// <returns>The rows; null if there are no more.</returns>
    public Table? Read(int most)
    {
        TableColumn[] columns = [.. _columns.Used.Select(u => u.Create())];
        bool[] asNumber = [.. _columns.Used.Select(u => u.AsNumber)];
        int first = Rows;
        while (Rows - first < most && _reader.Read())
        {
            if ((Rows & 0xFFF) == 0)
            {
                _stop.ThrowIfCancellationRequested();
            }

            for (int i = 0; i < columns.Length; i++)
            {
                if (Add(columns[i], asNumber[i], i) is { } problem)
                {
                    throw new RequestException(problem with { Where = string.Create(CultureInfo.InvariantCulture, $"{_name}, row {Rows + 1}, column {columns[i].Name}") });
                }
            }

            RequireOther(columns.Length);
            Rows = checked(Rows + 1);
        }

        return Rows > first ? new Table(_name, columns, Rows - first) { FirstRow = first } : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        _reader.Dispose();
        _command.Dispose();
    }

    private Problem? Add(TableColumn column, bool asNumber, int at)
    {
        if (_reader.IsDBNull(at))
        {
            column.AddMissing();
            return null;
        }

        if (asNumber)
        {
            return column.Add(_reader.GetDouble(at));
        }

        string text = _reader.GetString(at);
        int most = Encoding.UTF8.GetMaxByteCount(text.Length);
        _utf8 = most > _utf8.Length ? new byte[most] : _utf8;
        return column.Add(CsvField.Trim(_utf8.AsSpan(0, Encoding.UTF8.GetBytes(text, _utf8))));
    }

    /// <summary>Requires that a row differs from the one before it in the columns that the rows are sorted by.</summary>
    private void RequireOther(int firstAt)
    {
        bool isSame = Rows > 0 && _sorted.Length > 0;
        for (int i = 0; i < _sorted.Length; i++)
        {
            string? value = _reader.IsDBNull(firstAt + i) ? null : _reader.GetString(firstAt + i);
            isSame &= value == _sorted[i];
            _sorted[i] = value;
        }

        if (isSame)
        {
            throw new RequestException(new Problem("The order of the rows is not determined: two rows have the same values in data.order")
            {
                Where = string.Create(CultureInfo.InvariantCulture, $"{_name}, rows {Rows} and {Rows + 1}"),
                Expected = "columns in data.order that together differ from row to row, such as a key",
                Received = string.Join(", ", _columns.Order.Zip(_sorted, (c, v) => $"{c.Name}={(v is null ? "null" : CsvField.Short(v))}")),
                Hint = "Add a column to data.order. A column that is only there for the order can be left out of the inputs with data.drop.",
            });
        }
    }
}
