using System.Text.Json.Nodes;

namespace Regimen.Data;

/// <summary>The kind of a table column.</summary>
public enum TableColumnKind
{
    /// <summary>Finite numbers.</summary>
    Numeric,

    /// <summary>Categories.</summary>
    Categorical,

    /// <summary>Dates, with or without a time.</summary>
    Date,
}

/// <summary>The encoding of one column, fitted to the training rows: <c>(value − offset) / scale</c> for numbers; for categories one input for
/// each (one-hot), or a code; for dates inputs for their parts. Missing values are replaced by <see cref="Fill"/> or <see cref="FillWord"/>.</summary>
/// <param name="Name">The name of the column.</param>
/// <param name="Kind">Whether its values are numbers, categories or dates.</param>
public sealed record TableFeature(string Name, TableColumnKind Kind)
{
    private readonly double[] _quantiles = [];

    /// <summary>The code of categories that are not in <see cref="Words"/>.</summary>
    public const int UnknownCode = 0;

    /// <summary>The offset subtracted from numbers.</summary>
    public double Offset { get; init; }

    /// <summary>The scale that numbers are divided by.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>The quantiles that numbers are scaled by, in ascending order, instead of <see cref="Offset"/> and <see cref="Scale"/>; empty for
    /// none.</summary>
    public IReadOnlyList<double> Quantiles
    {
        get => _quantiles;
        init => _quantiles = [.. value];
    }

    /// <summary>The parts of a date that are inputs.</summary>
    public IReadOnlyList<DatePartEncoding> DateParts { get; init; } = [];

    /// <summary>Whether a last input is 1 for a missing value, otherwise 0.</summary>
    public bool HasIndicator { get; init; }

    /// <summary>Whether a one-hot input behind those of <see cref="Words"/> is 1 for all other categories.</summary>
    public bool HasBucket { get; init; }

    /// <summary>Whether categories that are not in <see cref="Words"/> are accepted; null for the table's <see cref="TableRowEncoder.IgnoresUnknown"/>.</summary>
    public bool? IgnoresUnknown { get; init; }

    /// <summary>The format of the column's numbers; null for the table's.</summary>
    internal NumberFormat? Numbers { get; init; }

    /// <summary>The replacement of missing numbers, and of dates in seconds since 1970; null to reject them.</summary>
    public double? Fill { get; init; }

    /// <summary>The categories in ordinal order. The input or code of a category follows from its index.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>The replacement of missing categories; null to reject them.</summary>
    public string? FillWord { get; init; }

    /// <summary>The name of the int64 field that has the codes; null for numbers and for one-hot categories.</summary>
    public string? CodeField { get; init; }

    /// <summary>The number of float inputs: 1 for numbers, the number of categories for one-hot, 0 for codes, those of the parts of a date; and 1
    /// for the indicator.</summary>
    public int Width => ValueWidth + (HasIndicator ? 1 : 0);

    /// <summary>The number of float inputs without the indicator.</summary>
    internal int ValueWidth => Kind switch
    {
        TableColumnKind.Numeric => 1,
        TableColumnKind.Date => DateParts.Sum(p => p.Width),
        _ => CodeField is null ? Words.Count + (HasBucket ? 1 : 0) : 0,
    };

    /// <summary>Whether the only input is <c>(value − offset) / scale</c>.</summary>
    internal bool IsPlainNumber => Kind == TableColumnKind.Numeric && !HasIndicator && _quantiles.Length == 0;

    /// <summary>The number of different codes: one for each category, and <see cref="UnknownCode"/>.</summary>
    public int Cardinality => Words.Count + 1;

    /// <summary>Returns the input of a number.</summary>
    internal float Input(double number) => _quantiles.Length > 0 ? (float)QuantileScale.Scale(_quantiles, number) : (float)((number - Offset) / Scale);

    /// <summary>Writes the inputs of a number or a date.</summary>
    /// <param name="number">The number, or the seconds since 1970; of a missing value its replacement.</param>
    /// <param name="isMissing">Whether the value is missing.</param>
    /// <param name="to">The inputs of the column.</param>
    internal void Encode(double number, bool isMissing, Span<float> to)
    {
        if (Kind == TableColumnKind.Numeric)
        {
            to[0] = Input(number);
        }
        else
        {
            int at = 0;
            foreach (DatePartEncoding part in DateParts)
            {
                part.Encode(number, to[at..]);
                at += part.Width;
            }
        }

        if (HasIndicator)
        {
            to[^1] = isMissing ? 1 : 0;
        }
    }

    /// <summary>Returns the index of a category; −1 for an unknown one.</summary>
    internal int IndexOf(string word)
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

    /// <summary>Describes the known categories, for a message.</summary>
    internal string Choices() => $"one of {string.Join(", ", Words.Take(20))}{(Words.Count > 20 ? ", …" : string.Empty)}";

    internal JsonObject ToJson()
    {
        var json = Kind == TableColumnKind.Categorical
            ? new JsonObject { ["name"] = Name, ["kind"] = "categorical", ["words"] = new JsonArray([.. Words.Select(w => JsonValue.Create(w))]), ["fill"] = FillWord }
            : new JsonObject { ["name"] = Name, ["kind"] = Kind == TableColumnKind.Date ? "date" : "numeric", ["offset"] = Offset, ["scale"] = Scale, ["fill"] = Fill };
        Add("field", CodeField);
        Add("quantiles", _quantiles.Length > 0 ? new JsonArray([.. _quantiles.Select(q => JsonValue.Create(q))]) : null);
        Add("parts", Kind == TableColumnKind.Date ? new JsonArray([.. DateParts.Select(p => p.ToJson())]) : null);
        Add("indicator", HasIndicator ? true : null);
        Add("bucket", HasBucket ? true : null);
        Add("ignore_unknown", IgnoresUnknown);
        Add("decimal", Numbers?.Decimal.ToString());
        Add("thousands", Numbers?.Thousands?.ToString());
        return json;

        void Add(string key, JsonNode? value)
        {
            if (value is not null)
            {
                json[key] = value;
            }
        }
    }

    /// <summary>Reads the JSON of <see cref="ToJson"/>.</summary>
    /// <exception cref="FormatException">A value is invalid.</exception>
    internal static TableFeature FromJson(JsonNode json)
    {
        var feature = new TableFeature(
            json["name"]!.GetValue<string>(),
            json["kind"]!.GetValue<string>() switch { "numeric" => TableColumnKind.Numeric, "date" => TableColumnKind.Date, _ => TableColumnKind.Categorical })
        {
            HasIndicator = json["indicator"]?.GetValue<bool>() ?? false,
            Numbers = json["decimal"]?.GetValue<string>() is { } mark ? new NumberFormat(mark[0], json["thousands"]?.GetValue<string>()[0]) : null,
        };
        return feature.Kind == TableColumnKind.Categorical ? feature.WithWords(json) : feature.WithNumbers(json);
    }

    private TableFeature WithNumbers(JsonNode json)
    {
        double scale = json["scale"]!.GetValue<double>();
        double[] quantiles = [.. json["quantiles"]?.AsArray().Select(q => q!.GetValue<double>()) ?? []];
        if (!double.IsFinite(scale) || scale == 0 || quantiles.Length == 1 || quantiles.Any(q => !double.IsFinite(q)) || quantiles.Zip(quantiles.Skip(1)).Any(q => q.First > q.Second))
        {
            throw new FormatException($"Expected a scale that is not 0, or ascending quantiles, for the column '{Name}'.");
        }

        return this with
        {
            Offset = json["offset"]!.GetValue<double>(),
            Scale = scale,
            Quantiles = quantiles,
            Fill = json["fill"]?.GetValue<double>(),
            DateParts = Kind == TableColumnKind.Date ? [.. json["parts"]!.AsArray().Select(p => DatePartEncoding.FromJson(p!))] : [],
        };
    }

    private TableFeature WithWords(JsonNode json)
    {
        string[] words = [.. json["words"]!.AsArray().Select(w => w!.GetValue<string>())];
        for (int i = 1; i < words.Length; i++)
        {
            if (string.CompareOrdinal(words[i - 1], words[i]) >= 0)
            {
                throw new FormatException($"Expected different categories in ordinal order for the column '{Name}'.");
            }
        }

        return this with
        {
            Words = words,
            FillWord = json["fill"]?.GetValue<string>(),
            CodeField = json["field"]?.GetValue<string>(),
            HasBucket = json["bucket"]?.GetValue<bool>() ?? false,
            IgnoresUnknown = json["ignore_unknown"]?.GetValue<bool>(),
        };
    }
}
