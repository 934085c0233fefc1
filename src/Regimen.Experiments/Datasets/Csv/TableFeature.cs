using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>How one column becomes numbers: <c>(value − offset) / scale</c>, or a 1 among zeros for its word. What is missing is taken for
/// <see cref="Fill"/> or <see cref="FillWord"/>.</summary>
internal sealed record TableFeature(string Name, TableColumnKind Kind)
{
    /// <summary>What is taken from a number.</summary>
    public double Offset { get; init; }

    /// <summary>What a number is then divided by.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>What a missing number is taken for; null refuses it.</summary>
    public double? Fill { get; init; }

    /// <summary>The words, each with a place in the input, in ordinal order.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>What a missing word is taken for; null refuses it.</summary>
    public string? FillWord { get; init; }

    /// <summary>How many values of the input it gives.</summary>
    public int Width => Kind == TableColumnKind.Numeric ? 1 : Words.Count;

    /// <summary>Takes offset, scale, fill and words from some rows of a table.</summary>
    /// <returns>Null where all rows have the same value, which is <paramref name="constant"/>.</returns>
    public static TableFeature? Fit(Table table, TableColumn column, ReadOnlySpan<int> rows, Csv.Options options, out string? constant)
        => column.Kind == TableColumnKind.Numeric ? FitNumbers(column, rows, options, out constant) : FitWords(table, column, rows, options, out constant);

    /// <summary>Writes the values of some rows.</summary>
    /// <param name="table">Where the rows stand.</param>
    /// <param name="rows">Which.</param>
    /// <param name="to">The first row's values; those of the next row begin <paramref name="stride"/> further on. Zeros at first.</param>
    /// <param name="stride">How many values a row has in all.</param>
    /// <param name="ignoreUnknown">Whether an unknown word is none of the known ones.</param>
    /// <exception cref="RequestException">A value is missing, or its word is unknown.</exception>
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

    /// <summary>The place of each of a column's words among <see cref="Words"/>; −1 for an unknown one.</summary>
    private int[] Places(TableColumn column) => [.. column.Words.Select(IndexOf)];

    private RequestException IsUnknown(Table table, TableColumn column, int row) => new(new Problem("A word is in no training row")
    {
        Where = table.Place(row, Name),
        Expected = $"one of {string.Join(", ", Words.Take(20))}{(Words.Count > 20 ? ", …" : string.Empty)}",
        Received = CsvFile.Short(column.Word(row) ?? FillWord ?? string.Empty),
        Hint = "data.unknown=zeros takes it for none of them.",
    });

    private RequestException IsMissing(Table table, int row) => new(new Problem("A value is missing")
    {
        Where = table.Place(row, Name),
        Expected = "a value, or another data.missing than error",
        Received = FormattableString.Invariant($"none; the column has none in {table[Name].Missing} of {table.Rows} rows"),
        Hint = "data.missing=drop_row leaves such rows out; mean and median fill numbers in, and words with the most frequent one.",
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

        // Scaled as it will be seen: with what is filled in.
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
            throw new RequestException(new Problem($"The column {column.Name} has too many different words")
            {
                Where = table.Path,
                Expected = $"at most {options.MaxCategories} (data.max_categories)",
                Received = $"{counts.Count}",
                Hint = $"Leave it out with {ShellText.Setting("data.drop", [.. options.Drop, column.Name])}, or raise data.max_categories: each word is an input of its own.",
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
