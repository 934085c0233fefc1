using System.Text.Json;
using System.Text.Json.Nodes;

namespace Regimen.Runs;

/// <summary>Converts a floating-point number to and from the JSON of a run's files. JSON has no numbers that are not finite: they are the
/// strings <c>"NaN"</c>, <c>"Infinity"</c> and <c>"-Infinity"</c>, as System.Text.Json's named floating-point literals.</summary>
internal static class RecordedNumber
{
    private const string NaN = "NaN";
    private const string Infinity = "Infinity";
    private const string MinusInfinity = "-Infinity";

    /// <summary>Converts a number to JSON. Every double is read back exactly.</summary>
    public static JsonValue Write(double value) => value switch
    {
        double.NaN => JsonValue.Create(NaN),
        double.PositiveInfinity => JsonValue.Create(Infinity),
        double.NegativeInfinity => JsonValue.Create(MinusInfinity),
        _ => JsonValue.Create(value),
    };

    /// <summary>Converts JSON to a number. Null, which older versions wrote for every number that is not finite, becomes NaN.</summary>
    /// <exception cref="FormatException">It is neither a number nor one of the three strings.</exception>
    public static double Read(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => double.NaN,
        JsonValueKind.Number => (double)value,
        JsonValueKind.String => Read((string?)value),
        _ => throw new FormatException($"{value.ToJsonString()} is not a number"),
    };

    /// <inheritdoc cref="Read(JsonNode?)"/>
    public static double Read(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => double.NaN,
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String => Read(value.GetString()),
        _ => throw new FormatException($"{value.GetRawText()} is not a number"),
    };

    private static double Read(string? text) => text switch
    {
        NaN => double.NaN,
        Infinity => double.PositiveInfinity,
        MinusInfinity => double.NegativeInfinity,
        var other => throw new FormatException($"'{other}' is not a number"),
    };
}
