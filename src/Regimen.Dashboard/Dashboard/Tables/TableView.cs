using System.Globalization;
using Regimen.Listing;

namespace Regimen.Dashboard;

/// <summary>What the table of runs shows: the state in its address.</summary>
internal sealed class TableView
{
    public const string Search = "q";
    public const string Filter = "filter";
    public const string Sort = "sort";
    public const string Descending = "desc";
    public const string Column = "col";
    public const string Group = "group";
    public const string Page = "page";

    /// <summary>The number of rows of a page.</summary>
    public const int RowsOfPage = 100;

    private static readonly string[] Usual = ["status", "model", "data", "seed", "epochs"];

    private TableView(Query query, IReadOnlyList<RunRow> all)
    {
        Query = query;
        All = all;
        BySeed = query[Group] == "seed";
        Chosen = query.All(CurveView.Runs).ToHashSet();
        List<Problem> problems = [];
        RunFilter? filter = Try(() => RunFilter.Parse((query[Filter] ?? string.Empty).Split(' ', StringSplitOptions.RemoveEmptyEntries), all), problems);
        string[] words = (query[Search] ?? string.Empty).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Matching = filter is null ? [] : [.. all.Where(r => filter.Matches(r) && words.All(w => HasWord(r, w)))];
        Columns = [.. (query.All(Column) is { Count: > 0 } given ? given : Default(Matching)).Distinct().Select(c => Try(() => RunKey.Find(c, all, "column"), problems)).OfType<RunKey>()];
        RunKey? sort = query[Sort] is { } key ? Try(() => RunKey.Find(key, all, "sort"), problems) : null;
        Matching = sort is null ? Matching : [.. Sorted(Matching, sort, query.Flag(Descending))];
        Problems = problems;
        PageNumber = int.TryParse(query[Page], NumberStyles.None, CultureInfo.InvariantCulture, out int page) ? Math.Max(1, page) : 1;
    }

    /// <summary>The query.</summary>
    public Query Query { get; }

    /// <summary>All runs of the folder.</summary>
    public IReadOnlyList<RunRow> All { get; }

    /// <summary>The runs that satisfy search and filter, in their order.</summary>
    public IReadOnlyList<RunRow> Matching { get; }

    /// <summary>The columns.</summary>
    public IReadOnlyList<RunKey> Columns { get; }

    /// <summary>Whether runs that differ in their seed alone are one row.</summary>
    public bool BySeed { get; }

    /// <summary>The names of the chosen runs.</summary>
    public IReadOnlySet<string> Chosen { get; }

    /// <summary>The page, from 1.</summary>
    public int PageNumber { get; }

    /// <summary>What is wrong with the address.</summary>
    public IReadOnlyList<Problem> Problems { get; }

    /// <summary>Reads the state of an address.</summary>
    public static TableView Of(Query query, IReadOnlyList<RunRow> rows) => new(query, rows);

    private static IEnumerable<RunRow> Sorted(IEnumerable<RunRow> rows, RunKey key, bool descending)
    {
        IOrderedEnumerable<RunRow> known = rows.OrderBy(r => key.Of(r).Text is null);
        return descending ? known.ThenByDescending(key.Of) : known.ThenBy(key.Of);
    }

    private static bool HasWord(RunRow row, string word)
        => new[] { row.Name, row.Status, row.Model, row.Data, row.Note }.Concat(row.Tags).Any(t => t?.Contains(word, StringComparison.OrdinalIgnoreCase) == true);

    /// <summary>The usual columns: what the runs are, the value that decides, the main metric, how long they took.</summary>
    private static IEnumerable<string> Default(IReadOnlyList<RunRow> rows)
    {
        string[] values = [.. rows.SelectMany(r => r.Values.Keys).Distinct()];
        string[] main = [.. rows.Select(r => r.MainMetric).OfType<string>().Distinct().Take(2)];
        return [.. Usual, .. new[] { "val.loss" }.Concat(main.SelectMany(m => new[] { $"val.{m}", $"test.{m}" })).Where(values.Contains), "seconds", "tag"];
    }

    private static T? Try<T>(Func<T> read, List<Problem> problems)
        where T : class
    {
        try
        {
            return read();
        }
        catch (RequestException exception)
        {
            problems.AddRange(exception.Problems);
            return null;
        }
    }
}
