using System.Runtime.CompilerServices;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>Fits the encodings of columns to the training rows.</summary>
internal static class TableFeatureFit
{
    /// <summary>The default of <see cref="TableOptions.MaxCategories"/> for one-hot categories, of which each is an input.</summary>
    private const int MostInputs = 100;

    /// <summary>Fits the encoding of a column to rows of a table.</summary>
    /// <returns>The encoding; null if all rows have the same value, <paramref name="constant"/>.</returns>
    public static TableFeature? Fit(Table table, TableColumn column, ReadOnlySpan<int> rows, TableOptions options, out string? constant)
        => column.Kind == TableColumnKind.Numeric ? FitNumbers(column, rows, options, out constant) : FitWords(table, column, rows, options, out constant);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static TableFeature? FitNumbers(TableColumn column, ReadOnlySpan<int> rows, TableOptions options, out string? constant)
    {
        constant = null;
        RunningStatistics moments = default;
        foreach (int row in rows)
        {
            double number = column.Number(row);
            if (!double.IsNaN(number))
            {
                moments.Add(number);
            }
        }

        if (moments.Count == 0 || moments.Min == moments.Max)
        {
            constant = moments.Count == 0 ? "no value" : FormattableString.Invariant($"{moments.Min}");
            return null;
        }

        double? fill = options.Missing switch
        {
            MissingPolicy.Mean => moments.Mean,
            MissingPolicy.Median => Median(column, rows),
            _ => null,
        };

        // Include the filled-in values in the statistics, as they are part of the inputs.
        for (long i = moments.Count; i < rows.Length && fill is { } filled; i++)
        {
            moments.Add(filled);
        }

        (double offset, double scale) = options.Scaling switch
        {
            TableScaling.Standard => (moments.Mean, moments.Std),
            TableScaling.MinMax => (moments.Min, moments.Max - moments.Min),
            _ => (0, 1),
        };
        return new(column.Name, TableColumnKind.Numeric) { Offset = offset, Scale = scale, Fill = fill };
    }

    private static TableFeature? FitWords(Table table, TableColumn column, ReadOnlySpan<int> rows, TableOptions options, out string? constant)
    {
        constant = null;
        var byCode = new int[column.Words.Count];
        foreach (int row in rows)
        {
            if (column.Code(row) is >= 0 and int code)
            {
                byCode[code]++;
            }
        }

        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (int code = 0; code < byCode.Length; code++)
        {
            if (byCode[code] > 0)
            {
                counts.Add(column.Words[code], byCode[code]);
            }
        }

        string[] words = [.. counts.Where(c => c.Value >= options.MinFrequency).Select(c => c.Key)];
        if (counts.Count < 2 || words.Length == 0)
        {
            constant = counts.Count < 2 ? counts.Keys.FirstOrDefault("no value") : $"fewer than {options.MinFrequency} rows of each category";
            return null;
        }

        bool areCodes = options.Categories == TableCategories.Codes;
        if (words.Length > (options.MaxCategories ?? (areCodes ? int.MaxValue : MostInputs)))
        {
            throw new RequestException(new Problem($"The column {column.Name} has too many categories")
            {
                Where = table.Path,
                Expected = $"at most {options.MaxCategories ?? MostInputs} (data.max_categories)",
                Received = $"{words.Length}",
                Hint = $"Drop it with {ShellText.Setting("data.drop", [.. options.Drop, column.Name])}, or raise data.max_categories."
                    + (areCodes ? string.Empty : " Each category is one input. model=tabular with data.categories=codes has a vector for each category instead."),
            });
        }

        string? fill = options.Missing is MissingPolicy.Mean or MissingPolicy.Median ? counts.MaxBy(c => c.Value).Key : null;
        return new(column.Name, TableColumnKind.Categorical) { Words = words, FillWord = fill, CodeField = areCodes ? CodeField(column.Name, table) : null };
    }

    /// <summary>Returns the name of a column's field of codes: that of the column, unless a field of that name has another meaning.</summary>
    private static string CodeField(string column, Table table)
    {
        string name = column;
        while (name is Field.Input or Field.Target || (name != column && table.Columns.Any(c => c.Name == name)))
        {
            name += "_";
        }

        return name;
    }

    private static double Median(TableColumn column, ReadOnlySpan<int> rows)
    {
        var sorted = new double[rows.Length];
        int count = 0;
        foreach (int row in rows)
        {
            double number = column.Number(row);
            if (!double.IsNaN(number))
            {
                sorted[count++] = number;
            }
        }

        Array.Sort(sorted, 0, count);
        int middle = count / 2;
        return count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
