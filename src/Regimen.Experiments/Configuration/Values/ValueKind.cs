using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Regimen.Configuration;

/// <summary>Reads values of a type from a config and writes them. Text that is not a valid value of the type is rejected, never
/// converted.</summary>
internal abstract class ValueKind
{
    /// <summary>The description of a value, for example "a whole number".</summary>
    public abstract string Noun { get; }

    /// <summary>The plural of the description, for example "whole numbers".</summary>
    public abstract string Plural { get; }

    /// <summary>Reads a value; null if the text is not valid.</summary>
    public abstract object? Read(ScalarNode node);

    /// <summary>Suggests what to write instead of an invalid text; null if there is no suggestion.</summary>
    public abstract string? Hint(ScalarNode node);

    /// <summary>Writes a value as YAML.</summary>
    public abstract string Write(object value);

    /// <summary>Writes a value as JSON.</summary>
    public abstract JsonNode WriteJson(object value);

    /// <summary>Returns the JSON Schema of the type, without the bounds of a key.</summary>
    public abstract JsonObject Schema();

    /// <summary>Returns the kind for a type; null if the type is not supported.</summary>
    public static ValueKind? For(Type type) => type switch
    {
        _ when type == typeof(int) => new WholeNumber(int.MinValue, int.MaxValue, v => (int)v),
        _ when type == typeof(long) => new WholeNumber(long.MinValue, long.MaxValue, v => (long)v),
        _ when type == typeof(ulong) => new WholeNumber(0, ulong.MaxValue, v => (ulong)v),
        _ when type == typeof(double) => new RealNumber(v => v),
        _ when type == typeof(float) => new RealNumber(v => (float)v),
        _ when type == typeof(bool) => new TrueOrFalse(),
        _ when type == typeof(string) => new FreeText(),
        _ when type == typeof(DeviceChoice) => new DeviceValue(),
        { IsEnum: true } => new Choice(type),
        _ => null,
    };

    /// <summary>Suggests to remove quotes if the text inside is a valid value.</summary>
    protected string? UnquoteHint(ScalarNode node)
        => !node.IsPlain && Read(node with { IsPlain = true }) is not null ? "Remove the quotes. A quoted value is text." : null;
}

/// <summary>An integer: decimal digits with an optional sign. Fractions, exponents, separators and other bases are rejected.</summary>
internal sealed partial class WholeNumber(BigInteger min, BigInteger max, Func<BigInteger, object> convert) : ValueKind
{
    public override string Noun => "a whole number";

    public override string Plural => "whole numbers";

    /// <summary>The smallest and largest values of the type.</summary>
    public (BigInteger Min, BigInteger Max) Limits => (min, max);

    public override object? Read(ScalarNode node)
        => node.IsPlain && TryParse(node.Text, out BigInteger value) && value >= min && value <= max ? convert(value) : null;

    /// <summary>Whether the text is a whole number outside the range of the type.</summary>
    public bool IsBeyondType(ScalarNode node) => node.IsPlain && TryParse(node.Text, out BigInteger value) && (value < min || value > max);

    public override string? Hint(ScalarNode node)
    {
        if (UnquoteHint(node) is { } unquote)
        {
            return unquote;
        }

        string text = node.Text.Replace("_", "", StringComparison.Ordinal);
        if (node.Text.Length > 40)
        {
            return null;
        }

        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            && ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong hexadecimal))
        {
            return $"Write {hexadecimal.ToString(CultureInfo.InvariantCulture)}.";
        }

        // Suggest only what is exactly equal.
        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number) && decimal.IsInteger(number)
            ? $"Write {number.ToString("F0", CultureInfo.InvariantCulture)}."
            : null;
    }

    public override string Write(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;

    public override JsonNode WriteJson(object value) => JsonNode.Parse(Write(value))!;

    public override JsonObject Schema() => min.IsZero ? new JsonObject { ["type"] = "integer", ["minimum"] = 0 } : new JsonObject { ["type"] = "integer" };

    private static bool TryParse(string text, out BigInteger value)
    {
        value = default;
        return text.Length <= 40 && Pattern().IsMatch(text)
            && BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    [GeneratedRegex("^[-+]?(0|[1-9][0-9]*)\\z")]
    private static partial Regex Pattern();
}

/// <summary>A decimal number in the range of the type. NaN, infinity and separators are rejected.</summary>
internal sealed partial class RealNumber(Func<double, object> convert) : ValueKind
{
    public override string Noun => "a number";

    public override string Plural => "numbers";

    public override object? Read(ScalarNode node)
    {
        if (!node.IsPlain || node.Text.Length > 400 || !Pattern().IsMatch(node.Text))
        {
            return null;
        }

        object value = convert(double.Parse(node.Text, NumberStyles.Float, CultureInfo.InvariantCulture));
        double number = Convert.ToDouble(value, CultureInfo.InvariantCulture);

        // Reject numbers that overflow the type or underflow to 0.
        bool vanished = number == 0 && node.Text.Split('e', 'E')[0].AsSpan().IndexOfAnyInRange('1', '9') >= 0;
        return double.IsFinite(number) && !vanished ? value : null;
    }

    public override string? Hint(ScalarNode node)
    {
        if (UnquoteHint(node) is { } unquote)
        {
            return unquote;
        }

        string text = node.Text.Replace("_", "", StringComparison.Ordinal);
        text = text.Count(c => c == ',') == 1 ? text.Replace(',', '.') : text;
        return text != node.Text && node.IsPlain && Read(node with { Text = text }) is not null ? $"Write {text}." : null;
    }

    public override string Write(object value)
    {
        string text = ((IFormattable)value).ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant();

        // YAML 1.1 parsers read 1e-08 as text because it has no decimal point.
        int exponent = text.IndexOf('e', StringComparison.Ordinal);
        return exponent > 0 && !text.Contains('.', StringComparison.Ordinal) ? text.Insert(exponent, ".0") : text;
    }

    public override JsonNode WriteJson(object value) => JsonNode.Parse(Write(value))!;

    public override JsonObject Schema() => new() { ["type"] = "number" };

    [GeneratedRegex("^[-+]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][-+]?[0-9]{1,6})?\\z")]
    private static partial Regex Pattern();
}

/// <summary>A Boolean: <c>true</c> or <c>false</c>, and no synonyms.</summary>
internal sealed class TrueOrFalse : ValueKind
{
    public override string Noun => "true or false";

    public override string Plural => "values that are true or false";

    public override object? Read(ScalarNode node) => (node.IsPlain, node.Text) switch
    {
        (true, "true") => true,
        (true, "false") => false,
        _ => null,
    };

    public override string? Hint(ScalarNode node) => UnquoteHint(node) ?? node.Text.ToUpperInvariant() switch
    {
        "TRUE" or "YES" or "ON" or "Y" or "1" => "Write true.",
        "FALSE" or "NO" or "OFF" or "N" or "0" => "Write false.",
        _ => null,
    };

    public override string Write(object value) => (bool)value ? "true" : "false";

    public override JsonNode WriteJson(object value) => JsonValue.Create((bool)value);

    public override JsonObject Schema() => new() { ["type"] = "boolean" };
}

/// <summary>Any text.</summary>
internal sealed class FreeText : ValueKind
{
    public override string Noun => "text";

    public override string Plural => "texts";

    public override object? Read(ScalarNode node) => node.Text.Contains('\0', StringComparison.Ordinal) ? null : node.Text;

    public override string? Hint(ScalarNode node) => null;

    public override string Write(object value) => YamlText.Quote(Interpolation.Escape((string)value));

    public override JsonNode WriteJson(object value) => JsonValue.Create(Interpolation.Escape((string)value));

    /// <remarks>Unquoted text may look like a number or a Boolean to an editor.</remarks>
    public override JsonObject Schema() => new() { ["type"] = new JsonArray("string", "number", "boolean") };
}

/// <summary>A name of an enum value, in snake case.</summary>
internal sealed class Choice(Type type) : ValueKind
{
    private readonly Dictionary<string, object> _values = Enum.GetNames(type).ToDictionary(
        JsonNamingPolicy.SnakeCaseLower.ConvertName, n => Enum.Parse(type, n), StringComparer.Ordinal);

    public override string Noun => $"one of {string.Join(", ", _values.Keys)}";

    public override string Plural => $"any of {string.Join(", ", _values.Keys)}";

    public override object? Read(ScalarNode node) => _values.GetValueOrDefault(node.Text);

    public override string? Hint(ScalarNode node) => Spelling.DidYouMean(node.Text, _values.Keys);

    public override string Write(object value) => _values.First(v => v.Value.Equals(value)).Key;

    public override JsonNode WriteJson(object value) => JsonValue.Create(Write(value));

    public override JsonObject Schema() => new() { ["enum"] = new JsonArray([.. _values.Keys.Select(k => JsonValue.Create(k))]) };
}
