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
    {
        ColumnSettings settings = ColumnSettings.Of(options, column.Name);
        TableFeature? feature = column.Kind is TableColumnKind.Numeric or TableColumnKind.Date
            ? FitNumbers(column, rows, settings, out constant) : FitWords(table, column, rows, options, settings, out constant);
        return feature is null || settings.Numbers == TableFormat.Of(options).Numbers ? feature : feature with { Numbers = settings.Numbers };
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static TableFeature? FitNumbers(TableColumn column, ReadOnlySpan<int> rows, ColumnSettings settings, out string? constant)
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

        bool hasIndicator = settings.HasIndicator && moments.Count < rows.Length;
        double? fill = settings.Missing switch
        {
            MissingPolicy.Mean => moments.Mean,
            MissingPolicy.Median => Median(column, rows),
            _ => null,
        };
        if (column.Kind == TableColumnKind.Date)
        {
            var parts = new List<DatePartEncoding>();
            foreach (DatePart part in settings.DateParts)
            {
                parts.Add(FitPart(part, column, rows, fill, settings));
            }

            return new(column.Name, TableColumnKind.Date) { Fill = fill, HasIndicator = hasIndicator, DateParts = parts };
        }

        // Include the filled-in values in the statistics, as they are part of the inputs.
        for (long i = moments.Count; i < rows.Length && fill is { } filled; i++)
        {
            moments.Add(filled);
        }

        double[] sorted = settings.Scaling is TableScaling.Robust or TableScaling.Quantile ? Sorted(column, rows, fill) : [];
        (double offset, double scale) = settings.Scaling switch
        {
            TableScaling.Standard => (moments.Mean, moments.Std),
            TableScaling.MinMax => (moments.Min, moments.Max - moments.Min),
            TableScaling.Robust => (QuantileScale.At(sorted, 0.5), QuantileScale.At(sorted, 0.75) - QuantileScale.At(sorted, 0.25)),
            _ => (0, 1),
        };
        return new(column.Name, TableColumnKind.Numeric)
        {
            Offset = offset,

            // More than half of the rows have the same value.
            Scale = scale == 0 ? 1 : scale,
            Fill = fill,
            HasIndicator = hasIndicator,
            Quantiles = settings.Scaling == TableScaling.Quantile ? QuantileScale.Fit(sorted) : [],
        };
    }

    /// <summary>Fits a part of a date. Parts have few different values, so that quantiles would be steps: they are standardised instead.</summary>
    private static DatePartEncoding FitPart(DatePart part, TableColumn column, ReadOnlySpan<int> rows, double? fill, ColumnSettings settings)
    {
        if (settings.IsCyclic && part != DatePart.Year)
        {
            return new(part, IsCyclic: true, 0, 1);
        }

        RunningStatistics moments = default;
        foreach (int row in rows)
        {
            double seconds = double.IsNaN(column.Number(row)) ? fill ?? double.NaN : column.Number(row);
            if (!double.IsNaN(seconds))
            {
                moments.Add(DatePartEncoding.Of(part, seconds));
            }
        }

        (double offset, double scale) = settings.Scaling switch
        {
            TableScaling.None => (0, 1),
            TableScaling.MinMax => (moments.Min, moments.Max - moments.Min),
            _ => (moments.Mean, moments.Std),
        };
        return new(part, IsCyclic: false, offset, scale == 0 ? 1 : scale);
    }

    private static TableFeature? FitWords(Table table, TableColumn column, ReadOnlySpan<int> rows, TableOptions options, ColumnSettings settings, out string? constant)
    {
        constant = null;
        var byCode = new int[column.Words.Count];
        int missing = 0;
        foreach (int row in rows)
        {
            if (column.Code(row) is >= 0 and int code)
            {
                byCode[code]++;
            }
            else
            {
                missing++;
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

        string[] words = [.. counts.Where(c => c.Value >= settings.MinFrequency).Select(c => c.Key)];
        if (counts.Count < 2 || words.Length == 0)
        {
            constant = counts.Count < 2 ? counts.Keys.FirstOrDefault("no value") : $"fewer than {settings.MinFrequency} rows of each category";
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
                    + (areCodes ? string.Empty : " Each category is one input. model=tabular with data.categories=codes has a vector for each category instead.")
                    + (DateText.TryParse(System.Text.Encoding.UTF8.GetBytes(words[0]), out _) ? $" If it has dates, set {ShellText.Setting("data.dates", [.. options.Dates, column.Name])}." : string.Empty),
            });
        }

        return new(column.Name, TableColumnKind.Categorical)
        {
            Words = words,
            FillWord = settings.Missing is MissingPolicy.Mean or MissingPolicy.Median ? counts.MaxBy(c => c.Value).Key : null,
            CodeField = areCodes ? CodeField(column.Name, table) : null,
            HasIndicator = settings.HasIndicator && missing > 0,
            HasBucket = settings.Unknown == UnknownWords.Bucket && !areCodes,
            IgnoresUnknown = settings.IgnoresUnknown == TableSplits.IgnoresUnknown(options) ? null : settings.IgnoresUnknown,
        };
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
        double[] sorted = Sorted(column, rows, fill: null);
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>Returns the numbers of rows in ascending order, missing ones replaced or left out.</summary>
    private static double[] Sorted(TableColumn column, ReadOnlySpan<int> rows, double? fill)
    {
        var sorted = new double[rows.Length];
        int count = 0;
        foreach (int row in rows)
        {
            double number = double.IsNaN(column.Number(row)) ? fill ?? double.NaN : column.Number(row);
            if (!double.IsNaN(number))
            {
                sorted[count++] = number;
            }
        }

        Array.Sort(sorted, 0, count);
        return sorted[..count];
    }
}
