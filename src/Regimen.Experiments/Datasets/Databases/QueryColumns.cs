using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>The columns that are read of a query.</summary>
/// <param name="Used">The columns of the table, and whether each is read as numbers.</param>
/// <param name="Order">The columns that the rows are sorted by.</param>
internal sealed record QueryColumns(IReadOnlyList<UsedColumn> Used, IReadOnlyList<DatabaseColumn> Order)
{
    /// <summary>Chooses the columns of a query.</summary>
    /// <exception cref="RequestException">A column is missing, duplicated or has an unusable type.</exception>
    public static QueryColumns Choose(IDatabase database, string query, string key, IReadOnlyList<string> order, TableRequest request)
    {
        IReadOnlyList<DatabaseColumn> all = database.Describe(query);
        string[] names = [.. all.Select(c => c.Name)];
        Table.Check(key, ',', names, names, [.. request.Required, .. order.Select(c => (c, "data.order"))]);
        DatabaseColumn[] chosen = [.. all.Where(c => request.Choose(c.Name, false))];
        Problem[] unusable = [.. chosen.Where(c => c.Kind == DatabaseKind.Other).Select(c => new Problem($"The column {c.Name} has a type that a table can't have")
        {
            Where = key,
            Expected = "numbers, texts, truth values or dates",
            Received = c.TypeName,
            Hint = $"Leave it out with {ShellText.Setting("data.drop", [c.Name])}{(NamesQuery(key) ? ", or convert it in the query" : string.Empty)}.",
        })];
        return unusable.Length > 0 ? throw new RequestException(unusable) : new(
            [.. chosen.Select(c => Of(c, request))],
            [.. order.Select(name => all.First(c => c.Name == name))]);
    }

    /// <summary>Returns the query for the rows: the used columns, then those of the order as text.</summary>
    public string Sql(IDatabase database, string query)
    {
        string columns = string.Join(", ", [.. Used.Select((u, i) => $"{database.Cast(u.Source, u.AsNumber)} AS c{i}"), .. Order.Select((c, i) => $"{database.Cast(c, asNumber: false)} AS o{i}")]);
        string sorted = Order.Count == 0 ? string.Empty : $" ORDER BY {string.Join(", ", Order.Select(database.SortBy))}";
        return $"SELECT {columns} FROM ({query}\n) AS q{sorted}";
    }

    /// <summary>Whether the key names a query that the user wrote, and not the path of files.</summary>
    public static bool NamesQuery(string key) => key is "data.query" or "data.test_query";

    private static UsedColumn Of(DatabaseColumn source, TableRequest request)
    {
        // The types of the database decide what the user leaves open; numbers in a text are read as those of a CSV file.
        TableColumnKind kind = request.KindOf(source.Name) ?? (source.Kind == DatabaseKind.Number ? TableColumnKind.Numeric : TableColumnKind.Categorical);
        bool asNumber = kind == TableColumnKind.Numeric && source.Kind is (DatabaseKind.Number or DatabaseKind.Boolean);
        return new(source, asNumber, () => new TableColumn(source.Name, kind, request.Format(source.Name)));
    }
}

/// <summary>A column that is read of a query.</summary>
/// <param name="Source">The column of the query.</param>
/// <param name="AsNumber">Whether it is read as numbers, else as text.</param>
/// <param name="Create">Creates an empty column of the table.</param>
internal sealed record UsedColumn(DatabaseColumn Source, bool AsNumber, Func<TableColumn> Create);
