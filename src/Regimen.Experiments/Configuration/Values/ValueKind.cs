using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Regimen.Configuration;

/// <summary>How the values of a type are read from a config and written into one. Text means what this type says, or is refused: there
/// is no guessing.</summary>
internal abstract class ValueKind
{
    /// <summary>What is expected: "a whole number".</summary>
    public abstract string Noun { get; }

    /// <summary>The same, several times: "whole numbers".</summary>
    public abstract string Plural { get; }

    /// <summary>The value, or null where the text is no such value.</summary>
    public abstract object? Read(ScalarNode node);

    /// <summary>What to write instead of a text that is no such value, where that can be told.</summary>
    public abstract string? Hint(ScalarNode node);

    /// <summary>The value as a config has it.</summary>
    public abstract string Write(object value);

    /// <summary>The value as JSON has it.</summary>
    public abstract JsonNode WriteJson(object value);

    /// <summary>What JSON Schema says of such values; what a key's bounds add comes on top.</summary>
    public abstract JsonObject Schema();

    /// <summary>How a single value of this type is read; null where a config can't hold such values.</summary>
    public static ValueKind? For(Type type) => type switch
    {
        _ when type == typeof(int) => new WholeNumber(int.MinValue, int.MaxValue, v => (int)v),
        _ when type == typeof(long) => new WholeNumber(long.MinValue, long.MaxValue, v => (long)v),
        _ when type == typeof(ulong) => new WholeNumber(0, ulong.MaxValue, v => (ulong)v),
        _ when type == typeof(double) => new RealNumber(v => v),
        _ when type == typeof(float) => new RealNumber(v => (float)v),
        _ when type == typeof(bool) => new TrueOrFalse(),
        _ when type == typeof(string) => new FreeText(),
        { IsEnum: true } => new Choice(type),
        _ => null,
    };

    /// <summary>Takes quotes away where the text inside is what was wanted.</summary>
    protected string? UnquoteHint(ScalarNode node)
        => !node.IsPlain && Read(node with { IsPlain = true }) is not null ? "Take the quotes away: in quotes it is text." : null;
}

/// <summary>Decimal digits, with a sign if wanted: no fraction, no exponent, no separators, no other base.</summary>
internal sealed partial class WholeNumber(BigInteger min, BigInteger max, Func<BigInteger, object> convert) : ValueKind
{
    public override string Noun => "a whole number";

    public override string Plural => "whole numbers";

    /// <summary>The least and the greatest that the type holds.</summary>
    public (BigInteger Min, BigInteger Max) Limits => (min, max);

    public override object? Read(ScalarNode node)
        => node.IsPlain && TryParse(node.Text, out BigInteger value) && value >= min && value <= max ? convert(value) : null;

    /// <summary>Whether the text is a whole number that the type is too small for.</summary>
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

        // Only where nothing is rounded.
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

/// <summary>A decimal number that a double holds: no NaN, no infinity, no separators.</summary>
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

        // What is too large for the type, or so small that it would become 0, is not what was written.
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

        // YAML 1.1 readers take 1e-08 for text, as it has no point.
        int exponent = text.IndexOf('e', StringComparison.Ordinal);
        return exponent > 0 && !text.Contains('.', StringComparison.Ordinal) ? text.Insert(exponent, ".0") : text;
    }

    public override JsonNode WriteJson(object value) => JsonNode.Parse(Write(value))!;

    public override JsonObject Schema() => new() { ["type"] = "number" };

    [GeneratedRegex("^[-+]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][-+]?[0-9]{1,6})?\\z")]
    private static partial Regex Pattern();
}

/// <summary><c>true</c> or <c>false</c>, and no other word for them.</summary>
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

    /// <remarks>What stands without quotes may look like a number: here it is text.</remarks>
    public override JsonObject Schema() => new() { ["type"] = new JsonArray("string", "number", "boolean") };
}

/// <summary>One of an enum's names, in snake case.</summary>
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
