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
    public static TableFeature Fit(Table table, TableColumn column, ReadOnlySpan<int> rows, Csv.Options options)
        => column.Kind == TableColumnKind.Numeric ? FitNumbers(table, column, rows, options) : FitWords(table, column, rows, options);

    /// <summary>Writes a row's values.</summary>
    /// <exception cref="RequestException">The value is missing, or its word is unknown.</exception>
    public void Encode(Table table, TableColumn column, int row, Span<float> to, bool ignoreUnknown)
    {
        if (Kind == TableColumnKind.Numeric)
        {
            double number = column.Number(row);
            number = double.IsNaN(number) ? Fill ?? throw IsMissing(table, row) : number;
            to[0] = (float)((number - Offset) / Scale);
            return;
        }

        to.Clear();
        string word = column.Word(row) ?? FillWord ?? throw IsMissing(table, row);
        int index = IndexOf(word);
        if (index >= 0)
        {
            to[index] = 1;
        }
        else if (!ignoreUnknown)
        {
            throw new RequestException(new Problem("A word is in no training row")
            {
                Where = table.Place(row, Name),
                Expected = $"one of {string.Join(", ", Words.Take(20))}{(Words.Count > 20 ? ", …" : string.Empty)}",
                Received = CsvFile.Short(word),
                Hint = "data.unknown=zeros takes it for none of them.",
            });
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

    private RequestException IsMissing(Table table, int row) => new(new Problem("A value is missing")
    {
        Where = table.Place(row, Name),
        Expected = "a value, or another data.missing than error",
        Received = FormattableString.Invariant($"none; the column has none in {table[Name].Missing} of {table.Rows} rows"),
        Hint = "data.missing=drop_row leaves such rows out; mean and median fill numbers in, and words with the most frequent one.",
    });

    private static TableFeature FitNumbers(Table table, TableColumn column, ReadOnlySpan<int> rows, Csv.Options options)
    {
        var known = new List<double>(rows.Length);
        foreach (int row in rows)
        {
            if (!column.IsMissing(row))
            {
                known.Add(column.Number(row));
            }
        }

        Moments moments = default;
        known.ForEach(n => moments.Add(n));
        if (moments.Count == 0 || moments.Min == moments.Max)
        {
            throw Constant(table, column.Name, known.Count == 0 ? "no value" : FormattableString.Invariant($"{moments.Min}"));
        }

        double? fill = options.Missing switch
        {
            MissingPolicy.Mean => moments.Mean,
            MissingPolicy.Median => Median(known),
            _ => null,
        };

        // Scaled as it will be seen: with what is filled in.
        for (int i = known.Count; i < rows.Length && fill is { } filled; i++)
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

    private static TableFeature FitWords(Table table, TableColumn column, ReadOnlySpan<int> rows, Csv.Options options)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (int row in rows)
        {
            if (column.Word(row) is { } word)
            {
                counts[word] = counts.GetValueOrDefault(word) + 1;
            }
        }

        if (counts.Count < 2)
        {
            throw Constant(table, column.Name, counts.Keys.FirstOrDefault("no value"));
        }

        if (counts.Count > options.MaxCategories)
        {
            throw new RequestException(new Problem($"The column {column.Name} has too many different words")
            {
                Where = table.Path,
                Expected = $"at most {options.MaxCategories} (data.max_categories)",
                Received = $"{counts.Count}",
                Hint = $"Leave it out with data.drop=[{column.Name}], or raise data.max_categories: each word is an input of its own.",
            });
        }

        bool fills = options.Missing is MissingPolicy.Mean or MissingPolicy.Median;
        return new(column.Name, TableColumnKind.Categorical) { Words = [.. counts.Keys], FillWord = fills ? counts.MaxBy(c => c.Value).Key : null };
    }

    private static double Median(List<double> numbers)
    {
        double[] sorted = [.. numbers.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static RequestException Constant(Table table, string column, string received) => new(new Problem($"The column {column} is the same in every training row")
    {
        Where = table.Path,
        Expected = "values that differ",
        Received = CsvFile.Short(received),
        Hint = $"It says nothing: leave it out with data.drop=[{column}].",
    });
}
