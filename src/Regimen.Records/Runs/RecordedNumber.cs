using System.Text.Json;
using System.Text.Json.Nodes;

namespace Regimen.Runs;

/// <summary>A floating-point number as the record's JSON holds it. JSON has no number that is not finite: those are the strings
/// <c>"NaN"</c>, <c>"Infinity"</c> and <c>"-Infinity"</c>, as in System.Text.Json's named floating-point literals.</summary>
internal static class RecordedNumber
{
    private const string NaN = "NaN";
    private const string Infinity = "Infinity";
    private const string MinusInfinity = "-Infinity";

    /// <summary>As JSON; every double reads back as itself.</summary>
    public static JsonValue Write(double value) => value switch
    {
        double.NaN => JsonValue.Create(NaN),
        double.PositiveInfinity => JsonValue.Create(Infinity),
        double.NegativeInfinity => JsonValue.Create(MinusInfinity),
        _ => JsonValue.Create(value),
    };

    /// <summary>From JSON. Null, which older records have for every number that is not finite, is not a number.</summary>
    /// <exception cref="FormatException">It is neither a number nor one of the three words.</exception>
    public static double Read(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => double.NaN,
        JsonValueKind.Number => (double)value,
        JsonValueKind.String => (string?)value switch
        {
            NaN => double.NaN,
            Infinity => double.PositiveInfinity,
            MinusInfinity => double.NegativeInfinity,
            var other => throw new FormatException($"'{other}' is not a number"),
        },
        _ => throw new FormatException($"{value.ToJsonString()} is not a number"),
    };
}
