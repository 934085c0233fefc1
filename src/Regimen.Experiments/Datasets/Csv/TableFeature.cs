using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>The encoding of one column: <c>(value − offset) / scale</c> for numbers, one-hot for categories. Missing values are replaced by
/// <see cref="Fill"/> or <see cref="FillWord"/>.</summary>
internal sealed record TableFeature(string Name, TableColumnKind Kind)
{
    /// <summary>The offset subtracted from numbers.</summary>
    public double Offset { get; init; }

    /// <summary>The scale that numbers are divided by.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>The replacement of missing numbers; null to reject them.</summary>
    public double? Fill { get; init; }

    /// <summary>The categories in ordinal order, one input each.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>The replacement of missing categories; null to reject them.</summary>
    public string? FillWord { get; init; }

    /// <summary>The number of inputs.</summary>
    public int Width => Kind == TableColumnKind.Numeric ? 1 : Words.Count;

    /// <summary>Fits the encoding of a column to rows of a table.</summary>
    /// <returns>The encoding; null if all rows have the same value, <paramref name="constant"/>.</returns>
    public static TableFeature? Fit(Table table, TableColumn column, ReadOnlySpan<int> rows, Csv.Options options, out string? constant)
        => column.Kind == TableColumnKind.Numeric ? FitNumbers(column, rows, options, out constant) : FitWords(table, column, rows, options, out constant);

    /// <summary>Encodes rows of a table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="to">The output, initially zeros: the first row's values, with <paramref name="stride"/> values from row to row.</param>
    /// <param name="stride">The number of values per row, of all features.</param>
    /// <param name="ignoreUnknown">Whether unknown categories are encoded as zeros.</param>
    /// <exception cref="RequestException">A value is missing, or a category is unknown.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Encode(Table table, ReadOnlySpan<int> rows, Span<float> to, int stride, bool ignoreUnknown)
    {
        TableColumn column = table[Name];
        if (Kind == TableColumnKind.Numeric)
        {
            for (int i = 0; i < rows.Length; i++)
            {
                double number = column.Number(rows[i]);
                number = double.IsNaN(number) ? Fill ?? throw IsMissing(table, rows[i]) : number;
                to[i * stride] = (float)((number - Offset) / Scale);
            }

            return;
        }

        int[] places = Places(column);
        int fill = FillWord is null ? -1 : IndexOf(FillWord);
        for (int i = 0; i < rows.Length; i++)
        {
            int code = column.Code(rows[i]);
            int place = code >= 0 ? places[code] : FillWord is not null ? fill : throw IsMissing(table, rows[i]);
            if (place >= 0)
            {
                to[(i * stride) + place] = 1;
            }
            else if (!ignoreUnknown)
            {
                throw IsUnknown(table, column, rows[i]);
            }
        }
    }

    public JsonObject Describe() => Kind == TableColumnKind.Numeric
        ? new JsonObject { ["name"] = Name, ["kind"] = "numeric", ["offset"] = Offset, ["scale"] = Scale, ["fill"] = Fill }
        : new JsonObject { ["name"] = Name, ["kind"] = "categorical", ["words"] = new JsonArray([.. Words.Select(w => JsonValue.Create(w))]), ["fill"] = FillWord };

    public static TableFeature Parse(JsonNode feature)
    {
        string name = feature["name"]!.GetValue<string>();
        return feature["kind"]!.GetValue<string>() == "numeric"
            ? new(name, TableColumnKind.Numeric)
            {
                Offset = feature["offset"]!.GetValue<double>(),
                Scale = feature["scale"]!.GetValue<double>(),
                Fill = feature["fill"]?.GetValue<double>(),
            }
            : new(name, TableColumnKind.Categorical)
            {
                Words = [.. feature["words"]!.AsArray().Select(w => w!.GetValue<string>())],
                FillWord = feature["fill"]?.GetValue<string>(),
            };
    }

    private int IndexOf(string word)
    {
        int low = 0;
        for (int high = Words.Count - 1; low <= high;)
        {
            int middle = (low + high) / 2;
            int order = string.CompareOrdinal(Words[middle], word);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return -1;
    }

    /// <summary>Maps the categories of a column to their indices in <see cref="Words"/>; −1 for unknown ones.</summary>
    private int[] Places(TableColumn column) => [.. column.Words.Select(IndexOf)];

    private RequestException IsUnknown(Table table, TableColumn column, int row) => new(new Problem("A category does not occur in the training rows")
    {
        Where = table.Place(row, Name),
        Expected = $"one of {string.Join(", ", Words.Take(20))}{(Words.Count > 20 ? ", …" : string.Empty)}",
        Received = CsvField.Short(column.Word(row) ?? FillWord ?? string.Empty),
        Hint = "Set data.unknown=zeros to encode unknown categories as zeros.",
    });

    private RequestException IsMissing(Table table, int row) => new(new Problem("A value is missing")
    {
        Where = table.Place(row, Name),
        Expected = "a value, or data.missing other than error",
        Received = FormattableString.Invariant($"no value; {table[Name].Missing} of {table.Rows} rows have none"),
        Hint = "Set data.missing=drop_row to drop such rows, or mean or median to fill them in (a category with the most frequent one).",
    });

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static TableFeature? FitNumbers(TableColumn column, ReadOnlySpan<int> rows, Csv.Options options, out string? constant)
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

    private static TableFeature? FitWords(Table table, TableColumn column, ReadOnlySpan<int> rows, Csv.Options options, out string? constant)
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

        if (counts.Count < 2)
        {
            constant = counts.Keys.FirstOrDefault("no value");
            return null;
        }

        if (counts.Count > options.MaxCategories)
        {
            throw new RequestException(new Problem($"The column {column.Name} has too many categories")
            {
                Where = table.Path,
                Expected = $"at most {options.MaxCategories} (data.max_categories)",
                Received = $"{counts.Count}",
                Hint = $"Drop it with {ShellText.Setting("data.drop", [.. options.Drop, column.Name])}, or raise data.max_categories. Each category is one input.",
            });
        }

        bool fills = options.Missing is MissingPolicy.Mean or MissingPolicy.Median;
        return new(column.Name, TableColumnKind.Categorical) { Words = [.. counts.Keys], FillWord = fills ? counts.MaxBy(c => c.Value).Key : null };
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
