using System.Text.Json.Nodes;
using Regimen.App.Screen;
using Regimen.Listing;

namespace Regimen.App.Commands;

/// <summary>The rows of a list as they are asked for: sorted, with chosen columns, grouped by seed, limited.</summary>
internal sealed class RunView
{
    private readonly IReadOnlyList<SeedGroup>? _groups;
    private readonly IReadOnlyList<RunKey>? _columns;

    private RunView(IReadOnlyList<RunRow> rows, IReadOnlyList<SeedGroup>? groups, IReadOnlyList<RunKey>? columns) => (Rows, _groups, _columns) = (rows, groups, columns);

    /// <summary>The runs that are shown.</summary>
    public IReadOnlyList<RunRow> Rows { get; }

    /// <param name="rows">The rows to show.</param>
    /// <param name="all">All rows, whose keys are known.</param>
    /// <param name="columns">The columns, separated by commas; null for the default.</param>
    /// <param name="sort">The sort key.</param>
    /// <param name="descending">Whether the largest value is first. Rows without a value are last in any case.</param>
    /// <param name="group">Whether runs that differ in the seed alone are one row.</param>
    /// <param name="limit">The largest number of rows.</param>
    /// <exception cref="RequestException">A key is unknown.</exception>
    public static RunView Of(IReadOnlyList<RunRow> rows, IReadOnlyList<RunRow> all, string? columns, string sort, bool descending, bool group, int limit)
    {
        RunKey by = RunKey.Find(sort, all, "--sort");
        RunKey[]? shown = columns is null ? null : [.. columns.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(c => RunKey.Find(c, all, "--columns"))];
        if (!group)
        {
            return new([.. Sorted(rows, by.Of, descending).Take(limit)], groups: null, shown);
        }

        SeedGroup[] groups = [.. Sorted(SeedGroup.Of(rows), g => g.Value(by.Name) is { } mean ? new RunValue(string.Empty, mean.Mean) : by.Of(g.First), descending).Take(limit)];
        return new([.. groups.SelectMany(g => g.Rows)], groups, shown);
    }

    public JsonArray Document() => _groups is not null
        ? GroupTable.Document(_groups)
        : new([.. Rows.Select(r => _columns is null ? RunDocument.Of(r) : RunDocument.Of(r, _columns))]);

    public void WriteCsv(TextWriter output)
    {
        if (_groups is not null)
        {
            GroupTable.WriteCsv(output, _groups);
        }
        else
        {
            RunCsv.Write(output, Rows, _columns);
        }
    }

    public void WriteTable(Page page)
    {
        if (_groups is not null)
        {
            GroupTable.Write(page, _groups, _columns);
        }
        else if (_columns is not null)
        {
            RunTable.Write(page, Rows, _columns);
        }
        else
        {
            RunTable.Write(page, Rows);
        }
    }

    private static IEnumerable<T> Sorted<T>(IEnumerable<T> rows, Func<T, RunValue> by, bool descending)
    {
        (T Row, RunValue Value)[] values = [.. rows.Select(r => (r, by(r)))];
        IOrderedEnumerable<(T Row, RunValue Value)> withValueFirst = values.OrderBy(v => v.Value.Text is null);
        return (descending ? withValueFirst.ThenByDescending(v => v.Value) : withValueFirst.ThenBy(v => v.Value)).Select(v => v.Row);
    }
}
