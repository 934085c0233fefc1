using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>Checks of a table's columns, by the options and against each other.</summary>
internal static class TableChecks
{
    /// <summary>Rejects columns that are listed twice, or in lists that exclude each other.</summary>
    public static void RequireSoundLists(TableOptions options)
    {
        (string Key, IReadOnlyList<string> Columns)[] lists =
        [
            ("data.target", options.Target), ("data.drop", options.Drop), ("data.numeric", options.Numeric), ("data.categorical", options.Categorical),
            ("data.dates", options.Dates),
        ];
        var problems = new List<Problem>();
        for (int i = 0; i < lists.Length; i++)
        {
            problems.AddRange(lists[i].Columns.GroupBy(c => c).Where(g => g.Count() > 1).Select(g
                => new Problem($"The column {g.Key} is listed twice") { Where = lists[i].Key }));

            // Only a target may also be listed as numeric or categorical.
            problems.AddRange(from other in lists[..i]
                              where i is 1 or 4 || other.Key != "data.target"
                              from both in other.Columns.Intersect(lists[i].Columns)
                              select new Problem($"The column {both} is in two lists") { Where = $"{other.Key} and {lists[i].Key}" });
        }

        if (options.Group is { } group)
        {
            problems.AddRange(lists.Where(l => l.Key is "data.target" or "data.numeric" && l.Columns.Contains(group)).Select(l
                => new Problem($"The column {group} can't be the group") { Where = $"data.group and {l.Key}", Expected = "a column that is neither a target nor an input" }));
        }

        ProblemList.ThrowIfAny(problems);
    }

    /// <summary>Checks that the columns of both files have the same detected kinds.</summary>
    public static void RequireSameKinds(TableOptions options, Table table, Table? test)
    {
        if (test is null)
        {
            return;
        }

        var problems = new List<Problem>();
        foreach (TableColumn column in table.Columns.Where(c => c.Name != options.Group))
        {
            TableColumn? other = test.Columns.FirstOrDefault(c => c.Name == column.Name);
            if (other is null)
            {
                problems.Add(new Problem($"There is no column '{column.Name}'")
                {
                    Where = test.Path,
                    Expected = $"every column of {table.Path} that is not in data.drop",
                    Hint = Spelling.DidYouMean(column.Name, test.Columns.Select(c => c.Name)),
                });
            }
            else if (other.Kind is not null && other.Kind != column.Kind)
            {
                problems.Add(new Problem($"The column {column.Name} has a different kind")
                {
                    Where = test.Path,
                    Expected = $"{column.Kind}, as in {table.Path}",
                    Received = $"{other.Kind}",
                });
            }
        }

        ProblemList.ThrowIfAny(problems);
    }

    /// <summary>Rejects columns whose text looks like numbers in another format than the specified one.</summary>
    public static void RequireWords(TableOptions options, CellFormat format, Table table)
    {
        TableColumn[] columns = options.Decimal is null ? [] : [.. table.Columns.Where(c => c.LooksLikeNumbers)];
        if (columns.Length > 0)
        {
            string names = string.Join(", ", columns.Select(c => c.Name));
            throw new RequestException(new Problem($"Most values of {(columns.Length == 1 ? "the column" : "the columns")} {names} look like numbers in another format")
            {
                Where = table.Path,
                Expected = "numbers with a decimal point and without separators or signs, or text",
                Received = string.Join(", ", columns.Take(10).Select(c => CsvField.Short(c.Words.First(WrittenNumbers.Looks)))),
                Hint = $"{WrittenNumbers.Hint(columns.SelectMany(c => c.Words.Take(100)), format.Numbers)} To treat them as categories, set {ShellText.Setting("data.categorical", [.. options.Categorical, .. columns.Select(c => c.Name)])}.",
            });
        }
    }

    /// <summary>Returns the problem of columns that have one value in all training rows.</summary>
    public static Problem Constant(TableOptions options, Table table, List<(string Column, string Value)> constant) => new(constant.Count == 1
        ? $"The column {constant[0].Column} has the same value in every training row"
        : $"{constant.Count} columns have the same value in every training row")
    {
        Where = table.Path,
        Expected = "values that differ",
        Received = string.Join(", ", constant.Take(10).Select(c => constant.Count == 1 ? CsvField.Short(c.Value) : $"{c.Column}: {CsvField.Short(c.Value)}")) + (constant.Count > 10 ? ", …" : string.Empty),
        Hint = $"Constant columns carry no information. Drop {(constant.Count == 1 ? "it" : "them")} with "
            + $"{ShellText.Setting("data.drop", [.. options.Drop, .. constant.Select(c => c.Column)])}.",
    };
}
