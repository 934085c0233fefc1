using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Regimen.Data;

/// <summary>Encodes the rows of a table as a model's inputs, as fitted to the training rows. A model's metadata has it as JSON (the first step of
/// <c>regimen.preprocessing</c>, named <c>table</c>), so the model file is sufficient to encode new rows. Thread-safe.</summary>
public sealed class TableRowEncoder
{
    /// <summary>The name of the step in a model's metadata.</summary>
    public const string StepName = "table";

    private const string Codes = "codes";
    private readonly IReadOnlyList<string> _missingValues;

    internal TableRowEncoder(IReadOnlyList<TableFeature> features, IReadOnlyList<string> missingValues, NumberFormat numbers, char separator, bool ignoresUnknown)
    {
        _missingValues = missingValues;
        Features = features;
        Format = new(new MissingValueWords(missingValues), numbers);
        Separator = separator;
        IgnoresUnknown = ignoresUnknown;
        InputWidth = features.Sum(f => f.Width);
        Fields =
        [
            .. InputWidth > 0 ? [Field.Inputs(new SampleShape(InputWidth))] : Array.Empty<Field>(),
            .. features.Where(f => f.CodeField is not null).Select(f => new Field(f.CodeField!, SampleShape.Scalar, ElementType.Int64) { Cardinality = f.Cardinality }),
        ];
    }

    /// <summary>The required columns with their encodings, in the order of the cells of a row.</summary>
    public IReadOnlyList<TableFeature> Features { get; }

    /// <summary>The model's inputs: the float32 field <c>input</c> <c>[<see cref="InputWidth"/>]</c>, unless all columns are codes, then an int64
    /// field <c>[]</c> for each column of codes, in the order of the columns.</summary>
    public IReadOnlyList<Field> Fields { get; }

    /// <summary>The number of float inputs: numbers and one-hot categories; 0 if all columns are codes.</summary>
    public int InputWidth { get; }

    /// <summary>The number of columns of codes.</summary>
    public int CodeCount => Fields.Count - (InputWidth > 0 ? 1 : 0);

    /// <summary>The field separator of the training table.</summary>
    public char Separator { get; }

    /// <summary>Whether unknown categories are accepted, as zeros or as the code 0.</summary>
    public bool IgnoresUnknown { get; }

    /// <summary>The texts of missing values.</summary>
    internal IReadOnlyList<string> MissingValues => _missingValues;

    /// <summary>The format of the cells.</summary>
    internal CellFormat Format { get; }

    /// <summary>Reads the JSON of <see cref="ToJson"/>.</summary>
    /// <exception cref="RequestException">The JSON is not that of a table's encoding.</exception>
    public static TableRowEncoder FromJson(JsonObject json)
    {
        try
        {
            TableRowEncoder encoder = json["name"]!.GetValue<string>() == StepName
                ? new(
                    [.. json["features"]!.AsArray().Select(f => TableFeature.FromJson(f!))],
                    [.. json["missing_values"]!.AsArray().Select(v => v!.GetValue<string>())],
                    new NumberFormat(json["decimal"]?.GetValue<string>()[0] ?? '.', json["thousands"]?.GetValue<string>()[0]),
                    json["separator"]!.GetValue<string>()[0],
                    json["ignore_unknown"]!.GetValue<bool>())
                : throw new FormatException($"Expected the name '{StepName}'.");
            return encoder.Fields.Count > 0 && !encoder.Fields.Any(f => f.IsTarget) && encoder.Fields.DistinctBy(f => f.Name).Count() == encoder.Fields.Count
                ? encoder
                : throw new FormatException("Expected columns with different names of their fields.");
        }
        catch (Exception exception) when (exception is NullReferenceException or InvalidOperationException or FormatException or IndexOutOfRangeException or ArgumentException)
        {
            throw new RequestException(new Problem("Invalid table encoding") { Received = json.ToJsonString() }, exception);
        }
    }

    /// <summary>Writes the encoding as JSON, for a model's metadata.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["name"] = StepName,
            ["separator"] = Separator.ToString(),
            ["missing_values"] = new JsonArray([.. _missingValues.Select(v => JsonValue.Create(v))]),
            ["ignore_unknown"] = IgnoresUnknown,
            ["features"] = new JsonArray([.. Features.Select(f => f.ToJson())]),
        };
        if (CodeCount > 0)
        {
            json["categories"] = Codes;
        }

        if (Format.Numbers != NumberFormat.Plain)
        {
            json["decimal"] = Format.Numbers.Decimal.ToString();
            json["thousands"] = Format.Numbers.Thousands?.ToString();
        }

        return json;
    }

    /// <summary>Encodes a row.</summary>
    /// <param name="cells">The text of the cells, one for each of <see cref="Features"/>; null for a missing value. White space around a text is
    /// ignored, as in a file.</param>
    /// <param name="input">Receives the values of the field <c>input</c>: <see cref="InputWidth"/>.</param>
    /// <param name="codes">Receives the codes, one for each column of codes: <see cref="CodeCount"/>.</param>
    /// <exception cref="RequestException">Some values are invalid, missing or unknown; it has a problem for each, with the column.</exception>
    public void Encode(IReadOnlyList<string?> cells, Span<float> input, Span<long> codes)
    {
        if (cells.Count != Features.Count || input.Length != InputWidth || codes.Length != CodeCount)
        {
            throw new ArgumentException($"Expected {Features.Count} cells, and room for {InputWidth} inputs and {CodeCount} codes; received {cells.Count}, {input.Length} and {codes.Length}.", nameof(cells));
        }

        input.Clear();
        List<Problem>? problems = null;
        int column = 0;
        int code = 0;
        for (int i = 0; i < cells.Count; i++)
        {
            TableFeature feature = Features[i];
            Span<float> own = input.Slice(column, feature.Width);
            Problem? problem = feature.Kind != TableColumnKind.Categorical
                ? EncodeNumber(feature, cells[i], own)
                : feature.CodeField is null ? EncodeWord(feature, cells[i], own) : EncodeCode(feature, cells[i], own, ref codes[code++]);
            column += feature.Width;
            if (problem is not null)
            {
                (problems ??= []).Add(problem);
            }
        }

        if (problems is not null)
        {
            throw new RequestException(problems);
        }
    }

    /// <summary>Returns the text of a number in the table's format, for values that are not text, such as those of JSON.</summary>
    public string Write(double number) => Write(number, Format.Numbers);

    /// <summary>Returns the text of a number in the format of a column.</summary>
    internal string Write(double number, TableFeature feature) => Write(number, feature.Numbers ?? Format.Numbers);

    private static string Write(double number, NumberFormat format)
    {
        string text = number.ToString("R", CultureInfo.InvariantCulture);
        return format.Decimal == '.' ? text : text.Replace('.', format.Decimal);
    }

    /// <summary>Returns the format of a column's cells.</summary>
    internal CellFormat FormatOf(string column) => Features.FirstOrDefault(f => f.Name == column)?.Numbers is { } numbers ? Format with { Numbers = numbers } : Format;

    private static Problem IsMissing(TableFeature feature) => new("A value is missing")
    {
        Where = $"column {feature.Name}",
        Expected = feature.Kind switch { TableColumnKind.Numeric => "a number", TableColumnKind.Date => "a date", _ => feature.Choices() },
        Received = "no value",
        Hint = "A model accepts missing values if it was trained with data.missing=mean or median.",
    };

    private Problem? EncodeNumber(TableFeature feature, string? cell, Span<float> inputs)
    {
        ReadOnlySpan<byte> text = Text(cell);
        if (text.IsEmpty || Format.Missing.Contains(text))
        {
            if (feature.Fill is not { } fill)
            {
                return IsMissing(feature);
            }

            feature.Encode(fill, isMissing: true, inputs);
            return null;
        }

        bool isDate = feature.Kind == TableColumnKind.Date;
        NumberFormat format = feature.Numbers ?? Format.Numbers;
        bool isValid = isDate ? DateText.TryParse(text, out double number) : format.TryParse(text, out number) && float.IsFinite((float)number);
        if (!isValid)
        {
            return new Problem(isDate ? "The value is not a date" : "The value is not a finite number")
            {
                Where = $"column {feature.Name}",
                Expected = isDate ? "a date such as 2026-11-26 or 2026-11-26T18:40:05Z" : $"a number such as {Write(1234.5, format)}",
                Received = CsvField.Short(text),
            };
        }

        feature.Encode(number, isMissing: false, inputs);
        return null;
    }

    private Problem? EncodeWord(TableFeature feature, string? cell, Span<float> inputs)
    {
        int index = Find(feature, cell, inputs, out Problem? problem);
        index = index < 0 && feature.HasBucket ? feature.Words.Count : index;
        if (index >= 0)
        {
            inputs[index] = 1;
        }

        return problem;
    }

    private Problem? EncodeCode(TableFeature feature, string? cell, Span<float> inputs, ref long code)
    {
        code = Find(feature, cell, inputs, out Problem? problem) + 1;
        return problem;
    }

    /// <summary>Returns the index of a cell's category; −1 for an unknown one.</summary>
    private int Find(TableFeature feature, string? cell, Span<float> inputs, out Problem? problem)
    {
        problem = null;
        ReadOnlySpan<byte> text = Text(cell);
        bool isMissing = cell is null || Format.Missing.Contains(text);
        if (isMissing && feature.HasIndicator)
        {
            inputs[^1] = 1;
        }

        string? word = isMissing ? feature.FillWord : Encoding.UTF8.GetString(text);
        if (word is null)
        {
            problem = IsMissing(feature);
            return -1;
        }

        int index = feature.IndexOf(word);
        if (index < 0 && !(feature.IgnoresUnknown ?? IgnoresUnknown))
        {
            problem = new Problem("A category does not occur in the training rows")
            {
                Where = $"column {feature.Name}",
                Expected = feature.Choices(),
                Received = CsvField.Short(word),
                Hint = "A model accepts unknown categories if it was trained with data.unknown=zeros.",
            };
        }

        return index;
    }

    private static ReadOnlySpan<byte> Text(string? cell) => cell is null ? [] : CsvField.Trim(Encoding.UTF8.GetBytes(cell));
}
