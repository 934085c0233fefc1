using System.Text.Json.Nodes;

namespace Regimen.Data;

/// <summary>The kind of a table column.</summary>
public enum TableColumnKind
{
    /// <summary>Finite numbers.</summary>
    Numeric,

    /// <summary>Categories.</summary>
    Categorical,
}

/// <summary>The encoding of one column, fitted to the training rows: <c>(value − offset) / scale</c> for numbers; for categories one input for
/// each (one-hot), or a code. Missing values are replaced by <see cref="Fill"/> or <see cref="FillWord"/>.</summary>
/// <param name="Name">The name of the column.</param>
/// <param name="Kind">Whether its values are numbers or categories.</param>
public sealed record TableFeature(string Name, TableColumnKind Kind)
{
    /// <summary>The code of categories that are not in <see cref="Words"/>.</summary>
    public const int UnknownCode = 0;

    /// <summary>The offset subtracted from numbers.</summary>
    public double Offset { get; init; }

    /// <summary>The scale that numbers are divided by.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>The replacement of missing numbers; null to reject them.</summary>
    public double? Fill { get; init; }

    /// <summary>The categories in ordinal order. The input or code of a category follows from its index.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>The replacement of missing categories; null to reject them.</summary>
    public string? FillWord { get; init; }

    /// <summary>The name of the int64 field that has the codes; null for numbers and for one-hot categories.</summary>
    public string? CodeField { get; init; }

    /// <summary>The number of float inputs: 1 for numbers, the number of categories for one-hot, 0 for codes.</summary>
    public int Width => Kind == TableColumnKind.Numeric ? 1 : CodeField is null ? Words.Count : 0;

    /// <summary>The number of different codes: one for each category, and <see cref="UnknownCode"/>.</summary>
    public int Cardinality => Words.Count + 1;

    /// <summary>Returns the input of a number.</summary>
    internal float Input(double number) => (float)((number - Offset) / Scale);

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
        if (Kind == TableColumnKind.Numeric)
        {
            return new JsonObject { ["name"] = Name, ["kind"] = "numeric", ["offset"] = Offset, ["scale"] = Scale, ["fill"] = Fill };
        }

        var json = new JsonObject { ["name"] = Name, ["kind"] = "categorical", ["words"] = new JsonArray([.. Words.Select(w => JsonValue.Create(w))]), ["fill"] = FillWord };
        if (CodeField is not null)
        {
            json["field"] = CodeField;
        }

        return json;
    }

    /// <summary>Reads the JSON of <see cref="ToJson"/>.</summary>
    /// <exception cref="FormatException">A value is invalid.</exception>
    internal static TableFeature FromJson(JsonNode json)
    {
        string name = json["name"]!.GetValue<string>();
        if (json["kind"]!.GetValue<string>() == "numeric")
        {
            double scale = json["scale"]!.GetValue<double>();
            return double.IsFinite(scale) && scale != 0
                ? new(name, TableColumnKind.Numeric) { Offset = json["offset"]!.GetValue<double>(), Scale = scale, Fill = json["fill"]?.GetValue<double>() }
                : throw new FormatException($"Expected a scale that is not 0 for the column '{name}'.");
        }

        string[] words = [.. json["words"]!.AsArray().Select(w => w!.GetValue<string>())];
        for (int i = 1; i < words.Length; i++)
        {
            if (string.CompareOrdinal(words[i - 1], words[i]) >= 0)
            {
                throw new FormatException($"Expected different categories in ordinal order for the column '{name}'.");
            }
        }

        return new(name, TableColumnKind.Categorical) { Words = words, FillWord = json["fill"]?.GetValue<string>(), CodeField = json["field"]?.GetValue<string>() };
    }
}
