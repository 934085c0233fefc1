using Regimen.Listing;

namespace Regimen.Dashboard;

/// <summary>Writes the table of runs.</summary>
internal static class RunsTable
{
    private static readonly string[] NumberFields = ["seed", "epochs", "steps", "seconds", "parameters", "best", "best_epoch", "best_step", "trial"];

    /// <summary>Returns the table with its counts and its pages; this part is read again while runs are live.</summary>
    public static Html Of(TableView view)
    {
        IReadOnlyList<SeedGroup> groups = view.BySeed ? SeedGroup.Of(view.Matching) : [.. view.Matching.Select(r => new SeedGroup([r]))];
        int pages = Math.Max(1, (groups.Count + TableView.RowsOfPage - 1) / TableView.RowsOfPage);
        int page = Math.Min(view.PageNumber, pages);
        int live = view.All.Count(r => r.IsLive);
        return Html.Of($"""
            <p class="count">{Count(view, groups)}{Html.If(live > 0, $" · <span class=\"status running\">{live} live</span>")}</p>
            <div class="scroll" tabindex="0" role="region" aria-label="Table of runs"><table class="runs">
            <thead><tr><th scope="col" class="check"><input type="checkbox" id="all" aria-label="Choose all runs of this page"></th>{Head(view, "name", "name", isNumber: false)}{view.Columns.Where(c => c.Name != "name").Select(c => Head(view, c.Name, c.Name, IsNumber(c, view.Matching)))}</tr></thead>
            <tbody>{groups.Skip((page - 1) * TableView.RowsOfPage).Take(TableView.RowsOfPage).Select(g => Row(view, g))}</tbody>
            </table></div>
            {Html.If(pages > 1, $"<nav class=\"pages\" aria-label=\"Pages of the table\">{Link(view, page - 1, page > 1, "Previous")} <span>page {page} of {pages}</span> {Link(view, page + 1, page < pages, "Next")}</nav>")}
            """);
    }

    private static string Count(TableView view, IReadOnlyList<SeedGroup> groups)
    {
        string runs = view.Matching.Count == view.All.Count ? $"{view.All.Count} runs" : $"{view.Matching.Count} of {view.All.Count} runs";
        return view.BySeed ? $"{runs} in {groups.Count} groups" : runs;
    }

    private static Html Head(TableView view, string key, string text, bool isNumber)
    {
        bool isSorted = view.Query[TableView.Sort] == key;
        bool isDescending = view.Query.Flag(TableView.Descending);
        Query next = view.Query.With(TableView.Page).With(TableView.Sort, key).With(TableView.Descending, isSorted && !isDescending ? ["1"] : []);
        Html sorted = Html.If(isSorted, $" aria-sort=\"{(isDescending ? "descending" : "ascending")}\"");
        return Html.Of($"<th scope=\"col\"{Html.If(isNumber, $" class=\"number\"")}{sorted}><a href=\"{next.At("/")}\">{text}{Html.If(isSorted, $"<span aria-hidden=\"true\">{(isDescending ? " ▾" : " ▴")}</span>")}</a></th>");
    }

    private static Html Row(TableView view, SeedGroup group)
    {
        RunRow first = group.First;
        string[] names = [.. group.Rows.Select(r => r.Name)];
        string title = names.Length == 1 ? first.Name : $"{first.Name} and {names.Length - 1} more";
        string address = names.Length == 1
            ? Query.From(("run", first.Name)).At("/run")
            : Query.From(names.Select(n => ("run", n)).Append(("group", "seed"))).At("/curves");
        return Html.Of($"""
            <tr data-run="{first.Name}"><td class="check"><input type="checkbox" name="run" value="{first.Name}"{Html.If(names.Length > 1, $" data-runs=\"{string.Join('\n', names)}\"")} aria-label="Choose {title}"{Html.If(names.All(view.Chosen.Contains), $" checked")}></td>
            <th scope="row"><a href="{address}" title="{title}"><span class="long">{first.Name}</span><span class="brief" aria-hidden="true">{first.ShortName}</span></a>{Html.If(names.Length > 1, $" <small>× {names.Length} seeds</small>")}{Html.If(first.Note.Length > 0, $"<span class=\"remark\" title=\"{first.Note}\">{first.Note}</span>")}</th>{view.Columns.Where(c => c.Name != "name").Select(c => Html.Of($"<td{Html.If(IsNumber(c, view.Matching), $" class=\"number\"")}>{CellText.Of(c, group)}</td>"))}</tr>
            """);
    }

    private static bool IsNumber(RunKey key, IReadOnlyList<RunRow> rows)
        => NumberFields.Contains(key.Name) || (!RunKey.FieldNames.Contains(key.Name) && rows.Select(r => key.Of(r)).FirstOrDefault(v => v.Text is not null).Number is not null);

    private static Html Link(TableView view, int page, bool isThere, string text)
        => isThere ? Html.Of($"<a class=\"button\" href=\"{view.Query.With(TableView.Page, $"{page}").At("/")}\">{text}</a>") : Html.Empty;
}
